package dev.limen.extauthz;

import dev.limen.bytes.ByteWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes every {@code envoy.service.auth.v3.CheckResponse} that Limen sends and that does not let
 * the request pass; what does is an {@link AllowResponse}.
 *
 * <p>Invariant: no answer is the empty message, which Envoy takes for an allow, and none says
 * {@code OK}: each holds a {@code status.code} of 16 or 7 (every Envoy takes those two for a
 * denial) and a {@code denied_response} with one of {@link #STATUSES}.
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
  private static final int UNAUTHORIZED = 401;

  private static final String LOCATION = "location";

  /** Those that a response may hold more than once. */
  private static final Set<String> REPEATABLE = Set.of("set-cookie", "www-authenticate");

  private CheckResponseWriter() {}

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
