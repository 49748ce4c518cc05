package dev.limen.config;

import java.nio.charset.StandardCharsets;

/**
 * A value that nobody may see: given by value, by environment variable or by file.
 *
 * <p>Invariant: {@link #toString()} never shows it.
 */
public final class Secret {
  private final String value;

  /** A secret with this text. */
  public Secret(String value) {
    this.value = value;
  }

  /** The text, for the one place that needs it. */
  public String reveal() {
    return value;
  }

  /** The text's UTF-8 bytes, for the one place that needs them. */
  public byte[] revealBytes() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether there is no text. */
  public boolean isEmpty() {
    return value.isEmpty();
  }

  @Override
  public String toString() {
    return "(secret)";
  }
}
