package dev.limen.server;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import dev.limen.check.CheckNotes;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What the log says about one decision.
 *
 * <p>Invariant: never a query, a cookie, a token, a session's id or another header's value; each
 * text is cut at its limit and is visible ASCII, any other byte being written as {@code \x0a}.
 *
 * @param requestId {@code x-request-id}, which the gateway's own log has too; empty for none
 * @param protocol of the door
 * @param method as asked
 * @param host as asked
 * @param path as asked, up to the query
 * @param decision allow, redirect, page, deny or unavailable
 * @param reason why, or allowed
 * @param status of the answer to the client; 200 for an allow
 * @param durationMicros from the question to the answer
 * @param route the route that was chosen; empty for none
 * @param rule the rule of the route that refused; empty for none
 * @param provider who vouches for the caller; empty for nobody
 * @param subject the caller; empty for nobody
 * @param session what the caller's session is called in logs; empty for none
 */
record DecisionLine(
    String requestId,
    String protocol,
    String method,
    String host,
    String path,
    String decision,
    String reason,
    int status,
    long durationMicros,
    String route,
    String rule,
    String provider,
    String subject,
    String session) {
  /** Characters of a request id. */
  static final int MAX_REQUEST_ID = 64;

  /** Characters of a method; registered ones have at most 17. */
  static final int MAX_METHOD = 32;

  /** Characters of a host name and its port. */
  static final int MAX_HOST = 261;

  /** Characters of a route, a rule, a provider's id or issuer, a subject. */
  static final int MAX_NOTE = 255;

  /** Characters of a path. */
  static final int MAX_PATH = 1_024;

  /** The words of a line, in the order of {@link #fields}. */
  static final String PATTERN =
      "decision request_id={} protocol={} method={} host={} path={} decision={} reason={} status={}"
          + " duration_us={} route={} rule={} provider={} subject={} session={}";

  private static final byte[] REQUEST_ID = AsciiWord.of("x-request-id");

  /** The line about {@code decision}. */
  static DecisionLine of(
      String protocol, CheckRequest request, Decision decision, long durationNanos) {
    CheckRequest.Target target = request.target();
    CheckNotes notes = request.notes();
    return new DecisionLine(
        text(request, request.header(REQUEST_ID), MAX_REQUEST_ID),
        protocol,
        text(request, target.method(), MAX_METHOD),
        text(request, target.host(), MAX_HOST),
        text(request, withoutQuery(request, target.path()), MAX_PATH),
        CheckMeter.kind(decision),
        Decision.label(decision),
        status(decision),
        TimeUnit.NANOSECONDS.toMicros(durationNanos),
        text(notes.route()),
        text(notes.rule()),
        text(notes.provider()),
        text(notes.subject()),
        notes.session());
  }

  /** What stands in the places of {@link #PATTERN}. */
  Object[] fields() {
    return new Object[] {
      requestId,
      protocol,
      method,
      host,
      path,
      decision,
      reason,
      status,
      durationMicros,
      route,
      rule,
      provider,
      subject,
      session
    };
  }

  private static int status(Decision decision) {
    return switch (decision) {
      case Decision.Allow _ -> 200;
      case Decision.Redirect _ -> 302;
      case Decision.Page page -> page.status();
      case Decision.Deny deny -> deny.status();
      case Decision.Unavailable _ -> 503;
    };
  }

  /** Up to the first question mark or number sign: a fragment does not belong there either. */
  private static long withoutQuery(CheckRequest request, long path) {
    if (!Span.isPresent(path)) {
      return path;
    }
    int end = Span.start(path);
    while (end < Span.end(path) && request.bytes()[end] != '?' && request.bytes()[end] != '#') {
      end++;
    }
    return Span.of(Span.start(path), end);
  }

  private static String text(CheckRequest request, long span, int limit) {
    return Span.isPresent(span)
        ? text(request.bytes(), Span.start(span), Span.end(span), limit)
        : "";
  }

  private static String text(String note) {
    byte[] bytes = note.getBytes(StandardCharsets.UTF_8);
    return text(bytes, 0, bytes.length, MAX_NOTE);
  }

  /** At most {@code limit} characters; a byte that is written as four counts as four. */
  private static String text(byte[] bytes, int start, int end, int limit) {
    StringBuilder text = new StringBuilder();
    for (int i = start; i < end; i++) {
      byte b = bytes[i];
      boolean plain = b > ' ' && b < 0x7f && b != '\\' && b != '"';
      if (text.length() + (plain ? 1 : 4) > limit) {
        break;
      }
      if (plain) {
        text.append((char) b);
      } else {
        text.append("\\x").append(HexFormat.of().toHexDigits(b).toLowerCase(Locale.ROOT));
      }
    }
    return text.toString();
  }
}
