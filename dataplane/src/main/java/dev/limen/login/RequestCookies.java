package dev.limen.login;

import dev.limen.cookie.OwnCookies;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limen's own cookies in a request: those of sessions, and those of logins under way.
 *
 * <p>Invariant: holds no other cookie, at most {@link #MAX_SESSIONS} values of the session cookie
 * and at most {@link #MAX_FLOWS} flow cookies. Read by the grammar of {@link
 * dev.limen.cookie.CookieField}: a semicolon or a comma separates. Immutable.
 */
final class RequestCookies {
  /** More values of the session cookie than this are not looked at. */
  static final int MAX_SESSIONS = 4;

  /** More flow cookies than this are not looked at. */
  static final int MAX_FLOWS = 64;

  /** Longest name of a flow cookie: 64 of the session cookie's, the infix, and an id. */
  static final int MAX_NAME_LENGTH = 96;

  private final List<String> sessionValues = new ArrayList<>(1);

  /** By name; a name that came twice has no value: to choose one would be a guess. */
  private final Map<String, @Nullable String> flows = new LinkedHashMap<>();

  private final String sessionName;
  private final String roundsName;
  private final String flowPrefix;
  private @Nullable String rounds;

  private RequestCookies(String sessionName) {
    this.sessionName = sessionName;
    this.roundsName = LoginRounds.cookieName(sessionName);
    this.flowPrefix = sessionName + OwnCookies.FLOW_INFIX;
  }

  /** Limen's own in these {@code Cookie} field values. */
  static RequestCookies of(String sessionName, List<String> fields) {
    RequestCookies cookies = new RequestCookies(sessionName);
    for (String field : fields) {
      cookies.read(field);
    }
    return cookies;
  }

  /** The values of the session cookie: more than one is ambiguous. */
  List<String> sessionValues() {
    return sessionValues;
  }

  /** The value of the cookie of {@link LoginRounds}; null if there is none. */
  @Nullable String rounds() {
    return rounds;
  }

  /** The names of the flow cookies, in order. */
  List<String> flowNames() {
    return List.copyOf(flows.keySet());
  }

  /** The value of the flow cookie {@code name}; null if there is none, or several. */
  @Nullable String flowValue(String name) {
    return flows.get(name);
  }

  private void read(String field) {
    int pair = 0;
    for (int i = 0; i <= field.length(); i++) {
      boolean ends = i == field.length() || field.charAt(i) == ';' || field.charAt(i) == ',';
      if (ends) {
        take(trimmed(field, pair, i));
        pair = i + 1;
      }
    }
  }

  private void take(String pair) {
    if (!pair.startsWith(sessionName)) {
      return;
    }
    int equals = pair.indexOf('=');
    String name = equals < 0 ? pair : pair.substring(0, equals);
    String value = equals < 0 ? "" : pair.substring(equals + 1);
    if (equals >= 0 && name.equals(sessionName) && sessionValues.size() < MAX_SESSIONS) {
      sessionValues.add(value);
    }
    if (name.equals(roundsName)) {
      rounds = value;
    } else if (isFlowName(name) && (flows.size() < MAX_FLOWS || flows.containsKey(name))) {
      flows.put(name, flows.containsKey(name) ? null : value);
    }
  }

  private boolean isFlowName(String name) {
    return name.startsWith(flowPrefix)
        && name.length() <= MAX_NAME_LENGTH
        && name.chars().allMatch(RequestCookies::isNameCharacter);
  }

  private static boolean isNameCharacter(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** Blanks are HTTP's, space and tab. */
  private static String trimmed(String field, int start, int end) {
    int from = start;
    int to = end;
    while (from < to && isBlank(field.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(field.charAt(to - 1))) {
      to--;
    }
    return field.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }
}
