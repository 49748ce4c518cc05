package dev.limen.devidp;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The faults that strike one request.
 *
 * <p>Invariant: a fault is asked for at most where it would show, so that a count is never spent on
 * an answer that looks right. For one thread.
 */
final class Strikes {
  private final FaultSwitches switches;
  private final RequestKind kind;
  private final List<String> struck = new ArrayList<>();

  Strikes(FaultSwitches switches, RequestKind kind) {
    this.switches = switches;
    this.kind = kind;
  }

  /** Whether this fault strikes here and now. */
  boolean strike(Fault fault) {
    boolean strikes = switches.strikes(fault, kind);
    if (strikes) {
      struck.add(fault.label());
    }
    return strikes;
  }

  /** The claims of an ID token, as they are to be signed. */
  Map<String, Object> changed(Map<String, Object> claims) {
    return switches.changed(claims);
  }

  /** A signed ID token, as it is to be handed out. */
  String changed(String token) {
    return switches.changed(token);
  }

  /** The labels of what struck, for the log; null for nothing. */
  @Nullable String labels() {
    return struck.isEmpty() ? null : String.join(",", struck);
  }
}
