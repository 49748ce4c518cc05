package dev.limen.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

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

  /** Whether both are the same text, in the same time whatever they are. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Secret secret
        && MessageDigest.isEqual(revealBytes(), secret.revealBytes());
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "(secret)";
  }
}
