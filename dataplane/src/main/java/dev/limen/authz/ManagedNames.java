package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * The headers that say who asks, in every spelling.
 *
 * <p>Invariant: a name is another spelling of a managed one if they are equal after every character
 * but letters and digits became a hyphen: gateways to CGI, WSGI and PHP tell them apart no better.
 * Immutable; safe for all threads.
 */
final class ManagedNames {
  private static final byte[] CONNECTION = "connection".getBytes(StandardCharsets.US_ASCII);

  private final List<String> names;
  private final List<byte[]> bytes;

  /** Manages {@code names}, each of letters, digits and hyphens. */
  ManagedNames(Collection<String> names) {
    this.names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().toList();
    this.bytes = this.names.stream().map(name -> name.getBytes(StandardCharsets.US_ASCII)).toList();
  }

  /** All of them, in lower case. */
  List<String> all() {
    return names;
  }

  /**
   * Whether a {@code Connection} header names a managed one: a proxy that obeys would drop what
   * Limen set (RFC 9110, section 7.6.1).
   */
  boolean areNamedByConnection(CheckRequest request) {
    for (int i = 0; i < request.headerCount(); i++) {
      if (request.isSame(request.headerName(i), CONNECTION)
          && holdManaged(request.text(request.headerValue(i)))) {
        return true;
      }
    }
    return false;
  }

  private boolean holdManaged(String options) {
    for (String option : options.split(",", -1)) {
      byte[] name = option.strip().getBytes(StandardCharsets.ISO_8859_1);
      if (isManaged(name, 0, name.length)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a name becomes a managed one when normalised, and is not one as it stands. */
  boolean isOtherSpelling(CheckRequest request, long name) {
    for (byte[] managed : bytes) {
      if (request.isSame(name, managed)) {
        return false;
      }
    }
    return isManaged(request.bytes(), Span.start(name), Span.end(name));
  }

  private boolean isManaged(byte[] text, int start, int end) {
    for (byte[] managed : bytes) {
      if (normalisesTo(text, start, end, managed)) {
        return true;
      }
    }
    return false;
  }

  private static boolean normalisesTo(byte[] text, int start, int end, byte[] managed) {
    if (end - start != managed.length) {
      return false;
    }
    for (int i = 0; i < managed.length; i++) {
      if (normalised(text[start + i]) != managed[i]) {
        return false;
      }
    }
    return true;
  }

  private static int normalised(byte b) {
    if (b >= 'A' && b <= 'Z') {
      return b + ('a' - 'A');
    }
    boolean letterOrDigit = (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9');
    return letterOrDigit ? b : '-';
  }
}
