package dev.limen.login;

/**
 * Where a browser wanted to go when it turned out that it has to sign in.
 *
 * <p>Invariant: as the gateway said it, checked by nobody yet: {@link HostPolicy} and {@link
 * RedirectPolicy} decide what becomes of it.
 *
 * @param scheme {@code http} or {@code https}, as the gateway was asked
 * @param host authority with port, as sent
 * @param target path and query, as sent
 */
public record ReturnTo(String scheme, String host, String target) {
  /** A query may hold anything: it stays out of logs. */
  @Override
  public String toString() {
    return "ReturnTo";
  }
}
