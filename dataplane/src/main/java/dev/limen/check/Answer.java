package dev.limen.check;

import dev.limen.extauthz.CheckResponseWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client gets to see when its request does not pass, in the form that both wires share: a
 * status, header lines and a body.
 *
 * <p>Invariant: never an allow, and never stored by anyone on the way ({@code no-store}); a page
 * can load nothing but its own inline style, and nobody can frame it (which forms it may send, the
 * page says itself: one has one). Source: RFC 9110, RFC 9457, the browsers' Content Security Policy
 * Level 3.
 *
 * @param status one that Envoy passes on safely: {@link CheckResponseWriter#STATUSES}
 * @param headers lines in order; {@code set-cookie} may stand several times, nothing else
 * @param body text, sent as UTF-8; may be empty
 */
public record Answer(int status, List<HeaderField> headers, String body) {
  /** What {@code Retry-After} says while Limen cannot decide, in seconds. */
  public static final int RETRY_AFTER_SECONDS = 2;

  private static final HeaderField NO_STORE = new HeaderField("cache-control", "no-store");
  private static final HeaderField NO_SNIFF = new HeaderField("x-content-type-options", "nosniff");
  private static final HeaderField NO_REFERRER = new HeaderField("referrer-policy", "no-referrer");
  private static final HeaderField OWN_STYLE_ONLY =
      new HeaderField(
          "content-security-policy",
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'");
  private static final HeaderField PROBLEM =
      new HeaderField("content-type", "application/problem+json");
  private static final HeaderField PLAIN =
      new HeaderField("content-type", "text/plain; charset=utf-8");
  private static final HeaderField RETRY_AFTER =
      new HeaderField("retry-after", Integer.toString(RETRY_AFTER_SECONDS));

  private static final int FOUND = 302;
  private static final int SEE_OTHER = 303;
  private static final int BAD_REQUEST = 400;
  private static final int SERVICE_UNAVAILABLE = 503;

  public Answer {
    if (!CheckResponseWriter.STATUSES.contains(status)) {
      throw new IllegalArgumentException("a status that Limen does not send: status=" + status);
    }
    headers = List.copyOf(headers);
  }

  /** 302 to somewhere else, with cookies. */
  public static Answer of(Decision.Redirect redirect) {
    List<HeaderField> headers = new ArrayList<>();
    headers.add(new HeaderField("location", redirect.location()));
    addCommon(headers);
    addCookies(headers, redirect.setCookies());
    return new Answer(FOUND, headers, "");
  }

  /** A document, with cookies; a redirect is no document. */
  public static Answer of(Decision.Page page) {
    if (page.status() == FOUND || page.status() == SEE_OTHER) {
      throw new IllegalArgumentException("a page must not be a redirect: status=" + page.status());
    }
    List<HeaderField> headers = new ArrayList<>();
    headers.add(new HeaderField("content-type", page.contentType()));
    addCommon(headers);
    addCookies(headers, page.setCookies());
    if (page.status() == SERVICE_UNAVAILABLE) {
      headers.add(RETRY_AFTER);
    }
    return new Answer(page.status(), headers, page.body());
  }

  /** A problem in JSON, and an error: over HTTP a 200 would let the request pass. */
  public static Answer of(Decision.Deny deny) {
    if (deny.status() < BAD_REQUEST) {
      throw new IllegalArgumentException("a refusal must be an error: status=" + deny.status());
    }
    List<HeaderField> headers = problemHeaders(deny.status());
    if (!deny.challenge().isEmpty()) {
      headers.add(new HeaderField("www-authenticate", deny.challenge()));
    }
    return new Answer(deny.status(), headers, problem(deny.status(), deny.reason()));
  }

  /** 503, in one sentence, with the time to wait. */
  public static Answer of(Decision.Unavailable unavailable) {
    List<HeaderField> headers = new ArrayList<>();
    headers.add(PLAIN);
    addCommon(headers);
    headers.add(RETRY_AFTER);
    return new Answer(SERVICE_UNAVAILABLE, headers, unavailable.reason().sentence());
  }

  private static void addCommon(List<HeaderField> headers) {
    headers.add(NO_STORE);
    headers.add(NO_SNIFF);
    headers.add(NO_REFERRER);
    headers.add(OWN_STYLE_ONLY);
  }

  private static void addCookies(List<HeaderField> headers, List<String> setCookies) {
    for (String setCookie : setCookies) {
      headers.add(new HeaderField("set-cookie", setCookie));
    }
  }

  /** The lines before a problem, those of the connection not among them. */
  public static List<HeaderField> problemHeaders(int status) {
    List<HeaderField> headers = new ArrayList<>();
    headers.add(PROBLEM);
    addCommon(headers);
    if (status == SERVICE_UNAVAILABLE) {
      headers.add(RETRY_AFTER);
    }
    return headers;
  }

  /** A problem in JSON, which names its reason (RFC 9457). */
  public static String problem(int status, Reason reason) {
    return "{\"type\":\"about:blank\",\"title\":\""
        + title(status)
        + "\",\"status\":"
        + status
        + ",\"detail\":\""
        + reason.sentence()
        + "\",\"reason\":\""
        + reason.label()
        + "\"}";
  }

  private static String title(int status) {
    return switch (status) {
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 413 -> "Content Too Large";
      case 414 -> "URI Too Long";
      case 417 -> "Expectation Failed";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 503 -> "Service Unavailable";
      case 505 -> "HTTP Version Not Supported";
      default -> "Refused";
    };
  }

  /** The status only: cookies and pages may hold what no log may. */
  @Override
  public String toString() {
    return "Answer[" + status + "]";
  }
}
