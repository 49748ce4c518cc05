package dev.limen.demo;

import dev.limen.demo.run.AccessLog;
import org.jspecify.annotations.Nullable;

/** One request as a line for people: when, who, what, and which part decided. */
final class RequestLine {
  private RequestLine() {}

  /** Null for what would only be noise: style sheets and pictures of the provider's pages. */
  static @Nullable String of(AccessLog.Line line) {
    boolean toProvider = line.cluster().equals("provider");
    if (toProvider && line.path().startsWith("/resources/")) {
      return null;
    }
    String user = line.user().equals("-") ? "nobody" : line.user();
    return "%s  %-7s %-5s %-44s %d  %s"
        .formatted(
            timeOfDay(line.time()),
            user,
            line.method(),
            line.authority() + line.path(),
            line.status(),
            decision(line));
  }

  private static String decision(AccessLog.Line line) {
    String details = line.details();
    if (details.startsWith("ext_authz_denied")) {
      return line.status() == 302 ? "Limen: sign in first" : "Limen: refused";
    }
    if (details.startsWith("ext_authz_error")) {
      return "Limen did not answer, so nothing passes";
    }
    if (details.startsWith("jwt_authn")) {
      return "Envoy: the access token does not verify";
    }
    if (details.startsWith("rbac_access_denied")) {
      return "Envoy: signed in, but without the role app-user";
    }
    if (!details.equals("via_upstream")) {
      return "Envoy: " + details;
    }
    return switch (line.cluster()) {
      case "provider" -> "provider, unchecked";
      case "limen-http" -> "Limen's own endpoint";
      default -> "Limen: allowed, to " + line.cluster();
    };
  }

  private static String timeOfDay(String time) {
    int start = time.indexOf('T') + 1;
    int end = Math.min(time.length(), start + "hh:mm:ss.mmm".length());
    return time.substring(start, end);
  }
}
