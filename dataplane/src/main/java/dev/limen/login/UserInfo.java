package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.session.Identity;
import dev.limen.session.SessionLookup;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Tells a page's own script who is signed in; the fields are oauth2-proxy's.
 *
 * <p>Invariant: never a token; 401 only where the store answered that there is no session, 503
 * where it did not answer.
 */
final class UserInfo {
  private final SessionIssue issue;

  UserInfo(SessionIssue issue) {
    this.issue = issue;
  }

  /** Answers a request for who is signed in. */
  CompletionStage<Decision> answer(RequestCookies cookies, long nowMillis) {
    return issue
        .carried(cookies)
        .find(nowMillis)
        .<Decision>thenApply(lookup ->
            switch (lookup) {
              case SessionLookup.Found found -> document(found.session().identity());
              case SessionLookup.None none -> new Decision.Deny(401, none.reason());
            })
        .exceptionally(trouble -> new Decision.Unavailable(Trouble.reasonOf(trouble)));
  }

  private static Decision document(Identity identity) {
    StringBuilder json = new StringBuilder(256).append("{\"user\":");
    quote(json, identity.user());
    String email = identity.email();
    quote(json.append(",\"email\":"), email == null ? "" : email);
    if (!identity.groups().isEmpty()) {
      json.append(",\"groups\":");
      char before = '[';
      for (String group : identity.groups()) {
        quote(json.append(before), group);
        before = ',';
      }
      json.append(']');
    }
    String username = identity.preferredUsername();
    if (username != null) {
      quote(json.append(",\"preferredUsername\":"), username);
    }
    String body = json.append('}').toString();
    return new Decision.Page(200, "application/json", body, List.of(), Reason.USERINFO);
  }

  /** A string in JSON (RFC 8259, section 7); what HTML would read is escaped too. */
  private static void quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain = c >= 0x20 && c < 0x7f && "\"\\<>&'".indexOf(c) < 0;
      if (plain) {
        json.append(c);
      } else {
        json.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          json.append(Character.forDigit(c >> shift & 15, 16));
        }
      }
    }
    json.append('"');
  }
}
