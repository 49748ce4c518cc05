package dev.limen.config;

/**
 * Checks that records make of their values.
 *
 * <p>Invariant: a message names the key as the operator wrote it, the value found, and what was
 * expected; never a secret.
 */
final class Require {
  private Require() {}

  static void that(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new ConfigException(key, Shown.of(found), expected);
    }
  }
}
