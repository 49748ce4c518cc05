package dev.limen.extauthz;

import dev.limen.bytes.ByteWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes every {@code envoy.service.auth.v3.CheckResponse} that Limen sends.
 *
 * <p>Invariant: no answer is the empty message, which Envoy takes for an allow, and none but {@link
 * #allow} says {@code OK}: all others hold a {@code status.code} of 16 or 7 (every Envoy takes
 * those two for a denial) and a {@code denied_response} with one of {@link #STATUSES}.
 *
 * <pre>
 *   0A 02 08 code                  status
 *   12 length                      denied_response
 *        0A length 08 status            status
 *        (12 length header)*            headers, neither append nor append_action
 *        1A length body                 body, if there is one
 * </pre>
 *
 * <p>Source: Envoy's external_auth.proto, and what a real Envoy 1.40 does with statuses outside the
 * list: a client that hangs, body bytes out of step. Stateless; safe for all threads.
 */
public final class CheckResponseWriter {
  /** The statuses that a client may get from Limen through Envoy. */
  public static final Set<Integer> STATUSES =
      Set.of(200, 302, 303, 400, 401, 403, 404, 405, 413, 429, 431, 503);

  /** {@code google.rpc.Code.PERMISSION_DENIED}. */
  private static final int PERMISSION_DENIED = 7;

  /** {@code google.rpc.Code.UNAUTHENTICATED}. */
  private static final int UNAUTHENTICATED = 16;

  private static final int FOUND = 302;
  private static final int SEE_OTHER = 303;
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int SERVICE_UNAVAILABLE = 503;

  private static final String CONTENT_TYPE = "content-type";
  private static final String LOCATION = "location";
  private static final String RETRY_AFTER = "retry-after";
  private static final String SET_COOKIE = "set-cookie";
  private static final String PROBLEM_JSON = "application/problem+json";

  /** Those that a response may hold more than once. */
  private static final Set<String> REPEATABLE = Set.of(SET_COOKIE, "www-authenticate");

  private CheckResponseWriter() {}

  /**
   * Lets the request pass, see {@link AllowResponse#of}, which is what to keep where an allow is
   * needed again.
   */
  public static byte[] allow(
      List<HeaderField> set, List<String> remove, List<HeaderField> responseHeaders) {
    return AllowResponse.of(set, remove, responseHeaders).toByteArray();
  }

  /** Sends the browser elsewhere: 302 (RFC 9110, section 15.4.3). */
  public static byte[] redirect(
      String location, List<String> setCookies, List<HeaderField> headers) {
    List<HeaderField> all = new ArrayList<>();
    all.add(new HeaderField(LOCATION, location));
    for (String setCookie : setCookies) {
      all.add(new HeaderField(SET_COOKIE, setCookie));
    }
    all.addAll(headers);
    return denied(FOUND, all, "");
  }

  /** Shows a page; the status may be 200, and still the request does not pass. */
  public static byte[] page(
      int status, String contentType, String body, List<HeaderField> headers) {
    if (isRedirect(status)) {
      throw new IllegalArgumentException("a page must not be a redirect: status=" + status);
    }
    List<HeaderField> all = new ArrayList<>();
    all.add(new HeaderField(CONTENT_TYPE, contentType));
    all.addAll(headers);
    return denied(status, all, body);
  }

  /** Refuses the request in a form for programs (RFC 9457). */
  public static byte[] deny(int status, String problem, List<HeaderField> headers) {
    if (status < BAD_REQUEST) {
      throw new IllegalArgumentException("a refusal must be an error: status=" + status);
    }
    return page(status, PROBLEM_JSON, problem, headers);
  }

  /**
   * Says that Limen cannot decide now: 503, as a denial, since older Envoys answer an {@code
   * error_response} with 403.
   */
  public static byte[] unavailable(
      int retryAfterSeconds, String contentType, String body, List<HeaderField> headers) {
    if (retryAfterSeconds < 0) {
      throw new IllegalArgumentException(
          "a time to wait must not be negative: retryAfterSeconds=" + retryAfterSeconds);
    }
    List<HeaderField> all = new ArrayList<>();
    all.add(new HeaderField(RETRY_AFTER, Integer.toString(retryAfterSeconds)));
    all.addAll(headers);
    return page(SERVICE_UNAVAILABLE, contentType, body, all);
  }

  /**
   * Any answer but an allow.
   *
   * @param status one of {@link #STATUSES}
   * @param headers each name once, but for {@code set-cookie} and {@code www-authenticate}
   * @param body the text, or nothing; Envoy then drops the content type
   */
  public static byte[] denied(int status, List<HeaderField> headers, String body) {
    checkStatus(status);
    checkHeaders(status, headers);
    ByteWriter out = new ByteWriter(CheckResponseFields.MAX_BYTES);
    writeStatus(out, status);
    int denied = out.beginMessage(CheckResponseFields.DENIED_RESPONSE);
    int httpStatus = out.beginMessage(CheckResponseFields.DENIED_STATUS);
    out.writeVarintField(CheckResponseFields.HTTP_STATUS_CODE, status);
    out.endMessage(httpStatus);
    for (HeaderField header : headers) {
      CheckResponseFields.writeAdding(out, CheckResponseFields.DENIED_HEADERS, header);
    }
    if (!body.isEmpty()) {
      out.writeField(CheckResponseFields.DENIED_BODY, body);
    }
    out.endMessage(denied);
    return out.toByteArray();
  }

  private static void writeStatus(ByteWriter out, int httpStatus) {
    boolean unauthenticated = httpStatus == UNAUTHORIZED || isRedirect(httpStatus);
    int status = out.beginMessage(CheckResponseFields.STATUS);
    out.writeVarintField(
        CheckResponseFields.STATUS_CODE, unauthenticated ? UNAUTHENTICATED : PERMISSION_DENIED);
    out.endMessage(status);
  }

  private static void checkStatus(int status) {
    if (!STATUSES.contains(status)) {
      throw new IllegalArgumentException("a status that Limen does not send: status=" + status);
    }
  }

  private static void checkHeaders(int status, List<HeaderField> headers) {
    Set<String> names = new HashSet<>();
    for (HeaderField header : headers) {
      if (!names.add(header.name()) && !REPEATABLE.contains(header.name())) {
        throw new IllegalArgumentException(
            "a header must not be named twice: name=" + header.name());
      }
    }
    if (isRedirect(status) != names.contains(LOCATION)) {
      throw new IllegalArgumentException(
          "a redirect, and nothing else, must say where to: status=" + status);
    }
  }

  private static boolean isRedirect(int status) {
    return status == FOUND || status == SEE_OTHER;
  }
}
