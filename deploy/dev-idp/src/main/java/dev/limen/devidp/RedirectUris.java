package dev.limen.devidp;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The addresses that a client registered, compared as Keycloak compares them.
 *
 * <p>Invariant: without a wildcard only the very same characters match (RFC 9700, section 2.1).
 *
 * <p>A registered address that ends in {@code *} matches whatever starts with the rest of it, and
 * also the rest without its closing slash; the query is then not looked at. Because a prefix can be
 * escaped from, an address with user information, a fragment, a backslash or a dot segment matches
 * no wildcard.
 *
 * @param registered as the realm lists them
 */
record RedirectUris(List<String> registered) {

  RedirectUris {
    registered = List.copyOf(registered);
  }

  RedirectUris and(List<String> more) {
    List<String> all = new ArrayList<>(registered);
    all.addAll(more);
    return new RedirectUris(all);
  }

  boolean allows(String address) {
    for (String candidate : registered) {
      boolean matches =
          candidate.endsWith("*") ? matchesPrefix(candidate, address) : candidate.equals(address);
      if (matches && isAbsolute(address)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matchesPrefix(String candidate, String address) {
    int query = address.indexOf('?');
    String compared = query < 0 ? address : address.substring(0, query);
    String prefix = candidate.substring(0, candidate.length() - 1);
    boolean isUnder =
        compared.startsWith(prefix)
            || (prefix.endsWith("/") && compared.equals(prefix.substring(0, prefix.length() - 1)));
    return isUnder && isPlain(compared);
  }

  private static boolean isAbsolute(String address) {
    try {
      URI uri = new URI(address);
      return uri.isAbsolute() && uri.getFragment() == null;
    } catch (URISyntaxException _) {
      return false;
    }
  }

  private static boolean isPlain(String address) {
    String lower = address.toLowerCase(Locale.ROOT);
    return !lower.contains("\\")
        && !lower.contains("@")
        && !lower.contains("/..")
        && !lower.contains("/./")
        && !lower.contains("%2e")
        && !lower.contains("%2f")
        && !lower.contains("%5c");
  }
}
