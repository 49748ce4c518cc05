package dev.limen.demo.echo;

import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.limen.demo.http.Reply;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The page for people: who is signed in, and which headers the gateway passed on.
 *
 * <p>Invariant: everything that a client sent is escaped, and no whole token is on the page.
 */
final class EchoPage {
  /** No script, nothing from elsewhere. */
  static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'";

  private static final int SHOWN = 12;
  private static final Set<String> TOKENS = Set.of("authorization", "x-auth-request-access-token");

  private static final String STYLE =
      """
      body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
        color:#1d2733;background:#f7f8fa}
      nav a{margin-right:1rem} h1{margin-bottom:0} .who{color:#4a5a6a;margin-top:.2rem}
      table{border-collapse:collapse;width:100%;background:#fff} caption{text-align:left;
        font-weight:600;padding:1rem 0 .4rem} td,th{border:1px solid #dde3ea;padding:.35rem .6rem;
        text-align:left;vertical-align:top;overflow-wrap:anywhere} th{width:17rem;font-weight:500}
      .limen th{color:#0b5f55} pre{margin:.3rem 0 0;white-space:pre-wrap;font-size:.85rem}
      code{font-size:.9rem}
      """;

  private EchoPage() {}

  static String render(Received received) {
    String user = received.header("x-auth-request-preferred-username");
    StringBuilder page = new StringBuilder("<!doctype html><html lang=\"en\"><head>");
    page.append("<meta charset=\"utf-8\"><title>").append(received.service());
    page.append("</title><style>").append(STYLE).append("</style></head><body><main><nav>");
    page.append("<a href=\"/orders\">orders</a><a href=\"/reports\">reports</a>");
    page.append("<a href=\"/public/hello\">public page</a>");
    if (user != null) {
      page.append("<a href=\"/oauth2/sign_out\">sign out</a>");
    }
    page.append("</nav><h1>").append(received.service()).append("</h1><p class=\"who\">");
    page.append(
        user == null
            ? "Nobody is signed in here: this path is public, and no identity was passed on."
            : "Signed in as <strong>" + escape(user) + "</strong>, as Limen says.");
    page.append("</p>");
    requestTable(page, received);
    headerTable(page, received, true);
    headerTable(page, received, false);
    return page.append("</main></body></html>\n").toString();
  }

  private static void requestTable(StringBuilder page, Received received) {
    page.append("<table><caption>The request</caption>");
    row(
        page,
        "method and path",
        "<code>" + escape(received.method() + " " + received.path()) + "</code>");
    row(
        page,
        "body",
        received.bodyLength() + " bytes, SHA-256 <code>" + received.bodySha256() + "</code>");
    page.append("</table>");
  }

  private static void headerTable(StringBuilder page, Received received, boolean identity) {
    page.append(
        identity
            ? "<table class=\"limen\"><caption>What Limen attached"
            : "<table><caption>Other headers");
    page.append("</caption>");
    for (Reply.Header header : received.headers()) {
      if (isIdentity(header.name()) == identity) {
        row(page, header.name(), shown(header));
      }
    }
    page.append("</table>");
  }

  private static boolean isIdentity(String name) {
    return name.equals("authorization") || name.startsWith("x-auth-request-");
  }

  private static String shown(Reply.Header header) {
    String value = header.value();
    if (!TOKENS.contains(header.name())) {
      return escape(value);
    }
    String token = value.startsWith("Bearer ") ? value.substring("Bearer ".length()) : value;
    String claims = claims(token);
    String start = token.substring(0, Math.min(SHOWN, token.length() / 2));
    return (value.startsWith("Bearer ") ? "Bearer " : "")
        + escape(start)
        + "… ("
        + token.length()
        + " characters)"
        + (claims == null ? "" : "<pre>" + escape(claims) + "</pre>");
  }

  private static @Nullable String claims(String token) {
    try {
      JWTClaimsSet claims = SignedJWT.parse(token).getJWTClaimsSet();
      StringBuilder lines = new StringBuilder();
      new TreeMap<>(claims.toJSONObject())
          .forEach(
              (name, value) -> lines.append(name).append(": ").append(text(value)).append('\n'));
      return lines.toString();
    } catch (ParseException _) {
      return null;
    }
  }

  private static String text(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> copy = new TreeMap<>();
      map.forEach((key, one) -> copy.put(String.valueOf(key), one));
      return JSONObjectUtils.toJSONString(copy);
    }
    return String.valueOf(value);
  }

  private static void row(StringBuilder page, String name, String html) {
    page.append("<tr><th>").append(escape(name)).append("</th><td>").append(html);
    page.append("</td></tr>");
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
