package dev.limen.e2e;

import dev.limen.demo.run.Loopback;
import dev.limen.demo.run.Ports;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Listeners beside the shipped one, each the same in all but a few lines.
 *
 * <p>Invariant: only lines that are named here differ; each port is any that is free.
 */
enum Door {
  /**
   * Without what guards Limen: identity that a client sends comes in, underscores too; it lets pass
   * where Limen does not answer, and cuts Limen's pages. What still holds here, Limen holds alone.
   */
  BARE(
      "{prefix: x-auth-request-, ignore_case: true}",
      "{prefix: x-never-sent-, ignore_case: true}",
      "{prefix: x-envoy-auth-, ignore_case: true}",
      "{prefix: x-neither-sent-, ignore_case: true}",
      "headers_with_underscores_action: REJECT_REQUEST",
      "headers_with_underscores_action: ALLOW",
      "failure_mode_allow: false",
      "failure_mode_allow: true\n              failure_mode_allow_header_add: true"),
  /** Waits a second for Limen, and no longer. */
  IMPATIENT("max_interval: 20s", "max_interval: 1s");

  /** At this many bytes the bare listener cuts a page. */
  static final int PAGE_BYTES = 1024;

  private static final String SHIPPED = "  - name: ingress\n";

  /** From and to, in turn. */
  @SuppressWarnings("ImmutableEnumChecker") // a copy that cannot be written to
  private final List<String> changes;

  Door(String... changes) {
    this.changes = List.of(changes);
  }

  /** The gateway's file with these listeners too. */
  static String addedTo(String gateway, Release release) {
    int from = gateway.indexOf(SHIPPED);
    int to = gateway.indexOf("  clusters:\n");
    StringBuilder text = new StringBuilder(gateway.substring(0, to));
    for (Door door : values()) {
      text.append(door.changed(gateway.substring(from, to)));
    }
    if (release.cutsPages()) {
      String open = "failure_mode_allow: true\n";
      int at = text.indexOf(open);
      text.insert(at, "max_denied_response_body_bytes: " + PAGE_BYTES + "\n              ");
    }
    return text.append(gateway.substring(to)).toString();
  }

  private String changed(String shipped) {
    String listener = Boundaries.replaced(shipped, SHIPPED, "  - name: " + label() + "\n");
    listener = Boundaries.replaced(listener, "port_value: 8080", "port_value: 0");
    listener = Boundaries.replaced(listener, "stat_prefix: ingress", "stat_prefix: " + label());
    listener = Boundaries.replaced(listener, "timeout: 20s", "timeout: 1s");
    for (int i = 0; i < changes.size(); i += 2) {
      listener = Boundaries.replaced(listener, changes.get(i), changes.get(i + 1));
    }
    return listener;
  }

  private String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Where it listens, as Envoy says. */
  int port() throws IOException {
    String start = label() + "::127.0.0.1:";
    return new Loopback(Ports.ENVOY_ADMIN)
        .get("/listeners")
        .text()
        .lines()
        .filter(line -> line.startsWith(start))
        .mapToInt(line -> Integer.parseInt(line.substring(start.length())))
        .findFirst()
        .orElseThrow();
  }
}
