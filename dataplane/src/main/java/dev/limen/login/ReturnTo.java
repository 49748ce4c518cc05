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
  private static final String HEX = "0123456789ABCDEF";

  /**
   * The same for a target of which each character is one byte of the request line (ISO-8859-1).
   *
   * <p>Bytes from 0x80 have no place in a URL, though browsers send some in a query: each becomes
   * its own escape, since nobody knows in which encoding it was meant.
   */
  public static ReturnTo ofBytes(String scheme, String host, String latin1Target) {
    StringBuilder target = new StringBuilder(latin1Target.length());
    for (int i = 0; i < latin1Target.length(); i++) {
      char c = latin1Target.charAt(i);
      if (c < 0x80) {
        target.append(c);
      } else {
        target.append('%').append(HEX.charAt((c >> 4) & 15)).append(HEX.charAt(c & 15));
      }
    }
    return new ReturnTo(scheme, host, target.toString());
  }

  /** A query may hold anything: it stays out of logs. */
  @Override
  public String toString() {
    return "ReturnTo";
  }
}
