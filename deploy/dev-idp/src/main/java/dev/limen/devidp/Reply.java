package dev.limen.devidp;

import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.oauth2.sdk.ErrorObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is ready to be sent, and what the log says of it.
 *
 * <p>Invariant: every answer forbids storing it and guessing its type.
 *
 * @param status the HTTP status
 * @param headers in the order in which they are sent
 * @param body the body as text; empty for none
 * @param outcome what came of the request, in one word
 * @param clientId the client, if known
 * @param user the user's name, if known
 */
record Reply(
    int status,
    List<Map.Entry<String, String>> headers,
    String body,
    String outcome,
    @Nullable String clientId,
    @Nullable String user) {

  private static final List<Map.Entry<String, String>> ALWAYS =
      List.of(
          Map.entry("Cache-Control", "no-store"),
          Map.entry("Pragma", "no-cache"),
          Map.entry("Referrer-Policy", "no-referrer"),
          Map.entry("X-Content-Type-Options", "nosniff"));

  Reply {
    headers = List.copyOf(headers);
  }

  static Reply empty(int status, String outcome) {
    return new Reply(status, ALWAYS, "", outcome, null, null);
  }

  static Reply json(int status, Map<String, Object> json, String outcome) {
    return empty(status, outcome)
        .with("Content-Type", "application/json")
        .withBody(JSONObjectUtils.toJSONString(json));
  }

  static Reply error(ErrorObject error) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("error", error.getCode());
    String description = error.getDescription();
    if (description != null) {
      json.put("error_description", description);
    }
    int status = error.getHTTPStatusCode();
    return json(status < 400 ? 400 : status, json, error.getCode());
  }

  static Reply redirect(URI location, String outcome) {
    return empty(302, outcome).with("Location", location.toString());
  }

  static Reply page(int status, HtmlPage page, String outcome) {
    return empty(status, outcome)
        .with("Content-Type", "text/html; charset=utf-8")
        .with("Content-Security-Policy", HtmlPage.POLICY)
        .with("X-Frame-Options", "DENY")
        .withBody(page.html());
  }

  Reply with(String name, String value) {
    List<Map.Entry<String, String>> more = new ArrayList<>(headers);
    more.add(Map.entry(name, value));
    return new Reply(status, more, body, outcome, clientId, user);
  }

  Reply withBody(String text) {
    return new Reply(status, headers, text, outcome, clientId, user);
  }

  /** Says in the log who it was about. */
  Reply about(@Nullable String knownClientId, @Nullable String knownUser) {
    return new Reply(status, headers, body, outcome, knownClientId, knownUser);
  }

  @Override
  public String toString() {
    return "Reply[" + status + " " + outcome + "]";
  }
}
