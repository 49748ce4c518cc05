package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.check.HeaderField;
import dev.limen.check.HeaderMutations;
import dev.limen.cookie.OwnCookies;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What an allow does to the request's headers: who it is for goes in, what a client claims to be
 * goes out.
 *
 * <p>Invariant: each {@linkplain #MANAGED managed} header is set or removed on every allow, public
 * routes included, and so is every other spelling of it that came with the request; Limen's own
 * cookies never pass. Managed headers are never read as input. Immutable; safe for all threads.
 *
 * <p>A name is another spelling of a managed one if they are equal after every character but
 * letters and digits became a hyphen: gateways to CGI, WSGI and PHP tell them apart no better.
 *
 * <p>A value that cannot stand in a header is never changed to fit. A missing subject or token
 * would turn a person into somebody else, so such a session is refused (403); any other header is
 * removed, which an upstream sees as "not known", and counted. The groups are encoded (see {@link
 * HeaderText}) and never shortened: over {@link #MAX_VALUE_LENGTH} bytes the session is refused.
 *
 * <p>Where {@code cookie} held only Limen's own, it is named among the removed; a writer whose wire
 * cannot remove what the gateway's lists keep (HTTP) sends it empty instead.
 */
final class IdentityHeaders {
  /** Bytes in one value about a person; a token may be longer. */
  static final int MAX_VALUE_LENGTH = 8_192;

  /** The ID token, as a bearer. */
  static final String AUTHORIZATION = "authorization";

  /** The access token, bare. */
  static final String ACCESS_TOKEN = "x-auth-request-access-token";

  /** {@code sub}. */
  static final String USER = "x-auth-request-user";

  /** {@code email}. */
  static final String EMAIL = "x-auth-request-email";

  /** The groups, with commas between. */
  static final String GROUPS = "x-auth-request-groups";

  /** {@code preferred_username}. */
  static final String PREFERRED_USERNAME = "x-auth-request-preferred-username";

  /** Every header that Limen sets or removes, whatever the answer's reason. */
  static final List<String> MANAGED =
      List.of(AUTHORIZATION, ACCESS_TOKEN, USER, EMAIL, GROUPS, PREFERRED_USERNAME);

  private static final String COOKIE = "cookie";
  private static final byte[] COOKIE_NAME = COOKIE.getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CONNECTION = "connection".getBytes(StandardCharsets.US_ASCII);
  private static final List<byte[]> MANAGED_NAMES =
      MANAGED.stream().map(name -> name.getBytes(StandardCharsets.US_ASCII)).toList();

  private final OwnCookies ownCookies;
  private final Counter refusedValues;

  /** Strips the cookies that belong to the session cookie {@code cookieName}. */
  IdentityHeaders(String cookieName, Metrics metrics) {
    ownCookies = new OwnCookies(cookieName);
    refusedValues =
        metrics.counter(
            "limen_header_values_refused_total",
            "Values of a person's that cannot stand in a header.",
            "header");
  }

  /** For a request that needs nobody: all managed headers removed. */
  HeaderMutations forPublic(CheckRequest request) {
    return withoutClientsOwn(request, new ArrayList<>(1), new ArrayList<>(MANAGED));
  }

  /** For a request of {@code session}, or null if what must be passed on cannot be. */
  @Nullable HeaderMutations forSession(CheckRequest request, Session session) {
    Identity identity = session.identity();
    String idToken = HeaderText.token(session.tokens().idToken());
    String accessToken = HeaderText.token(session.tokens().accessToken());
    String user = limited(HeaderText.single(identity.user()));
    String groups = limited(HeaderText.list(identity.groups()));
    if (idToken == null) {
      return refused(AUTHORIZATION);
    }
    if (accessToken == null) {
      return refused(ACCESS_TOKEN);
    }
    if (user == null) {
      return refused(USER);
    }
    if (groups == null) {
      return refused(GROUPS);
    }
    List<HeaderField> set = new ArrayList<>(MANAGED.size() + 1);
    List<String> remove = new ArrayList<>(MANAGED.size());
    set.add(new HeaderField(AUTHORIZATION, "Bearer " + idToken));
    set.add(new HeaderField(ACCESS_TOKEN, accessToken));
    set.add(new HeaderField(USER, user));
    setOrRemove(EMAIL, identity.email(), set, remove);
    setOrRemove(PREFERRED_USERNAME, identity.preferredUsername(), set, remove);
    if (groups.isEmpty()) {
      remove.add(GROUPS);
    } else {
      set.add(new HeaderField(GROUPS, groups));
    }
    return withoutClientsOwn(request, set, remove);
  }

  /**
   * Whether a {@code Connection} header names a managed one: a proxy that obeys would drop what
   * Limen set (RFC 9110, section 7.6.1).
   */
  static boolean connectionNamesIdentity(CheckRequest request) {
    for (int i = 0; i < request.headerCount(); i++) {
      if (request.isSame(request.headerName(i), CONNECTION)
          && namesManaged(request.text(request.headerValue(i)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean namesManaged(String options) {
    for (String option : options.split(",", -1)) {
      byte[] name = option.strip().getBytes(StandardCharsets.ISO_8859_1);
      if (isManaged(name, 0, name.length)) {
        return true;
      }
    }
    return false;
  }

  private @Nullable HeaderMutations refused(String header) {
    refusedValues.increment(header);
    return null;
  }

  private void setOrRemove(
      String name, @Nullable String value, List<HeaderField> set, List<String> remove) {
    String text = value == null ? null : limited(HeaderText.single(value));
    if (text != null) {
      set.add(new HeaderField(name, text));
      return;
    }
    remove.add(name);
    if (value != null && !value.isEmpty()) {
      refusedValues.increment(name);
    }
  }

  private static @Nullable String limited(@Nullable String value) {
    return value == null || value.length() > MAX_VALUE_LENGTH ? null : value;
  }

  private HeaderMutations withoutClientsOwn(
      CheckRequest request, List<HeaderField> set, List<String> remove) {
    for (int i = 0; i < request.headerCount(); i++) {
      long name = request.headerName(i);
      if (isOtherSpelling(request, name)) {
        String spelled = request.text(name);
        if (!remove.contains(spelled)) {
          remove.add(spelled);
        }
      }
    }
    addCookies(request, set, remove);
    return new HeaderMutations(set, remove);
  }

  private void addCookies(CheckRequest request, List<HeaderField> set, List<String> remove) {
    boolean anyOwn = false;
    StringJoiner others = new StringJoiner("; ");
    for (int i = 0; i < request.headerCount(); i++) {
      if (request.isSame(request.headerName(i), COOKIE_NAME)) {
        String rest = ownCookies.rest(request.bytes(), request.headerValue(i));
        anyOwn |= rest != null;
        String kept = rest == null ? request.text(request.headerValue(i)) : rest;
        if (!kept.isEmpty()) {
          others.add(kept);
        }
      }
    }
    if (!anyOwn) {
      return;
    }
    String kept = others.toString();
    if (kept.isEmpty() || !HeaderField.isFieldValue(kept)) {
      remove.add(COOKIE);
    } else {
      set.add(new HeaderField(COOKIE, kept));
    }
  }

  /** Whether a name becomes a managed one when normalised, and is not one as it stands. */
  private static boolean isOtherSpelling(CheckRequest request, long name) {
    for (byte[] managed : MANAGED_NAMES) {
      if (request.isSame(name, managed)) {
        return false;
      }
    }
    int start = Span.start(name);
    return isManaged(request.bytes(), start, Span.end(name));
  }

  private static boolean isManaged(byte[] bytes, int start, int end) {
    for (byte[] managed : MANAGED_NAMES) {
      if (normalisesTo(bytes, start, end, managed)) {
        return true;
      }
    }
    return false;
  }

  private static boolean normalisesTo(byte[] bytes, int start, int end, byte[] managed) {
    if (end - start != managed.length) {
      return false;
    }
    for (int i = 0; i < managed.length; i++) {
      if (normalised(bytes[start + i]) != managed[i]) {
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
