package dev.limen.demo.run;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keycloak's log as {@link ProviderLog}: its access log lines and its event lines.
 *
 * <pre>
 *   … [org.keycloak.http.access-log] (…) ACCESS POST /…/token 200 host=… forwarded=- planted=-,-
 *   … [org.keycloak.events] (…) type="CODE_TO_TOKEN", realmId="…", clientId="limen", …
 * </pre>
 */
public final class KeycloakLog implements ProviderLog {
  private static final Pattern ACCESS =
      Pattern.compile("ACCESS (\\S+) (\\S+) (\\d+) host=(\\S+) forwarded=(\\S+) planted=(\\S+)");
  private static final Pattern EVENT = Pattern.compile("type=\"([A-Z_]+)\"");
  private static final String PROTOCOL = "/realms/limen/protocol/openid-connect/";

  private final List<Entry> entries = new ArrayList<>();

  synchronized void accept(String line) {
    Matcher access = ACCESS.matcher(line);
    if (access.find()) {
      entries.add(fromAccess(access));
      return;
    }
    Matcher event = EVENT.matcher(line);
    if (line.contains("[org.keycloak.events]") && event.find()) {
      entries.add(new Entry(kindOfEvent(event.group(1)), "", false, "event " + event.group(1)));
    }
  }

  private static Entry fromAccess(Matcher line) {
    String path = line.group(2).split("\\?", 2)[0];
    Kind kind =
        switch (path) {
          case PROTOCOL + "auth" -> Kind.AUTHORIZE;
          case PROTOCOL + "token" -> Kind.TOKEN_REQUEST;
          default -> Kind.OTHER;
        };
    // HTTP/2 has no host header. What no proxy forwarded came to the only address it listens at.
    boolean direct = line.group(4).equals("-") && line.group(5).equals("-");
    String host = direct ? "127.0.0.1:" + Ports.PROVIDER : line.group(4);
    boolean planted = !line.group(6).equals("-,-");
    String text = line.group(1) + " " + path + " " + line.group(3);
    return new Entry(kind, host, planted, text);
  }

  private static Kind kindOfEvent(String type) {
    return switch (type) {
      case "LOGIN" -> Kind.LOGIN;
      case "CODE_TO_TOKEN" -> Kind.CODE_TO_TOKEN;
      case "REFRESH_TOKEN" -> Kind.REFRESH;
      case "LOGOUT" -> Kind.LOGOUT;
      default -> Kind.OTHER;
    };
  }

  @Override
  public synchronized List<Entry> entries() {
    return List.copyOf(entries);
  }
}
