package dev.limen.config;

import java.net.URI;

/**
 * What a message may show of a value.
 *
 * <p>Invariant: of a URL that may hold credentials, nothing. That is judged by its text and not by
 * its parts, since a URL whose password has a character too many does not divide into the parts
 * that its author meant ({@code redis://:p/ss@host} has no user information, RFC 3986, section
 * 3.2.1).
 */
final class Shown {
  /** What stands for a URL that is not shown. */
  static final String CREDENTIALS = "a URL that may hold credentials";

  private Shown() {}

  static String of(Object value) {
    return value instanceof URI url ? url(url.toString()) : String.valueOf(value);
  }

  /** {@code text} was meant to be a URL, and need not be one. */
  static String url(String text) {
    return mayHoldCredentials(text) ? CREDENTIALS : text;
  }

  /** An at sign ends credentials, wherever it stands; a colon in front is a password's. */
  static boolean mayHoldCredentials(String url) {
    return url.contains("@") || url.contains("%40") || url.contains("//:");
  }
}
