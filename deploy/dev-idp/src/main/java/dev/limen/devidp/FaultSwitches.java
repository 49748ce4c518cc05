package dev.limen.devidp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The faults that are switched on, and how often each still strikes.
 *
 * <p>Invariant: a rule with a count strikes exactly that often, however many requests arrive at
 * once. Safe for all threads.
 */
public final class FaultSwitches {
  private static final class Armed {
    final FaultRule rule;
    int left;

    Armed(FaultRule rule) {
      this.rule = rule;
      this.left = rule.times();
    }
  }

  private final List<Armed> armed = new ArrayList<>();
  private UnaryOperator<Map<String, Object>> claims = UnaryOperator.identity();
  private UnaryOperator<String> idTokens = UnaryOperator.identity();
  private Duration slowBy;

  FaultSwitches(Duration slowBy) {
    this.slowBy = slowBy;
  }

  /** Switches a fault on, in addition to those that are on. */
  public synchronized void switchOn(FaultRule rule) {
    armed.add(new Armed(rule));
  }

  /** Switches a fault on for all requests where it makes sense. */
  public void switchOn(Fault fault) {
    switchOn(FaultRule.always(fault));
  }

  /** Switches a fault on for the next {@code times} requests that {@code scope} covers. */
  public void switchOn(Fault fault, RequestKind scope, int times) {
    switchOn(new FaultRule(fault, scope, times));
  }

  /** Switches off every rule with this fault. */
  public synchronized void switchOff(Fault fault) {
    armed.removeIf(a -> a.rule.fault() == fault);
  }

  /**
   * Lets every ID token say what {@code change} makes of its claims, which it may change in place;
   * the signature is right.
   */
  public synchronized void changeClaims(UnaryOperator<Map<String, Object>> change) {
    claims = change;
  }

  /** Hands out what {@code change} makes of every ID token, whose signature nobody mends. */
  public synchronized void changeIdTokens(UnaryOperator<String> change) {
    idTokens = change;
  }

  /** Switches everything off. */
  public synchronized void clear() {
    armed.clear();
    claims = UnaryOperator.identity();
    idTokens = UnaryOperator.identity();
  }

  synchronized Map<String, Object> changed(Map<String, Object> original) {
    return claims.apply(original);
  }

  synchronized String changed(String original) {
    return idTokens.apply(original);
  }

  /** Sets how long {@link Fault#SLOW} waits. */
  public synchronized void delayBy(Duration delay) {
    slowBy = delay;
  }

  synchronized Duration slowBy() {
    return slowBy;
  }

  /** Whether {@code fault} strikes a request of {@code kind}; if so, one strike is spent. */
  synchronized boolean strikes(Fault fault, RequestKind kind) {
    if (!fault.canShowAt(kind)) {
      return false;
    }
    for (Armed candidate : armed) {
      if (candidate.rule.fault() == fault && candidate.rule.scope().covers(kind)) {
        spend(candidate);
        return true;
      }
    }
    return false;
  }

  private void spend(Armed candidate) {
    if (candidate.rule.times() != FaultRule.ALWAYS && --candidate.left == 0) {
      armed.remove(candidate);
    }
  }
}
