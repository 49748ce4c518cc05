package dev.limen.oidc;

/**
 * The provider's metadata or keys may not be used; says which member, what was found, and what was
 * expected.
 *
 * <p>Invariant: for the operator's log; nothing in metadata is secret.
 */
final class MetadataRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private static final int LONGEST_VALUE = 200;

  MetadataRefusedException(String member, String found, String expected) {
    super(
        member
            + "="
            + (found.length() > LONGEST_VALUE ? found.substring(0, LONGEST_VALUE) + "…" : found)
            + ", expected "
            + expected);
  }
}
