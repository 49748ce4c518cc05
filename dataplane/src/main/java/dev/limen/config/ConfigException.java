package dev.limen.config;

import org.jspecify.annotations.Nullable;

/**
 * A configuration that Limen will not start with: one message with key, value and what was
 * expected.
 *
 * <p>Invariant: never carries the value of a secret.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String key;
  private final String found;
  private final String expected;

  /** Says that {@code key} has value {@code found}, and what was expected instead. */
  public ConfigException(String key, @Nullable String found, String expected) {
    super(key + ": found " + found + ", expected " + expected);
    this.key = key;
    this.found = String.valueOf(found);
    this.expected = expected;
  }

  /** The key, as a path such as {@code session.store.type}. */
  public String key() {
    return key;
  }

  /** What was found there; never a secret. */
  public String found() {
    return found;
  }

  /** What should have been there. */
  public String expected() {
    return expected;
  }
}
