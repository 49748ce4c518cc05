package dev.limen.authz;

import dev.limen.check.Reason;
import java.util.List;

/**
 * Which rule refused a caller, and whether another sign-in would mend that.
 *
 * <p>Invariant: {@code rule} is made of keys and indexes of the configuration only, so it may stand
 * in any log or metric.
 *
 * @param rule path below the route, such as {@code require.realmRole} or {@code require.anyOf}
 * @param acrValues of which a new sign-in would have to bring one; empty if any will do
 * @param maxAgeSeconds how long ago a new sign-in may be, or {@link #ANY_AGE}
 */
record RuleRefusal(Reason reason, String rule, List<String> acrValues, long maxAgeSeconds) {
  /** No new sign-in is asked for because of its age. */
  static final long ANY_AGE = -1;

  RuleRefusal {
    acrValues = List.copyOf(acrValues);
  }

  /** A refusal that no sign-in of the same person mends. */
  static RuleRefusal lasting(Reason reason, String rule) {
    return new RuleRefusal(reason, rule, List.of(), ANY_AGE);
  }

  /** Whether the same person may pass after a sign-in as described here. */
  boolean isMendedBySignIn() {
    return !acrValues.isEmpty() || maxAgeSeconds != ANY_AGE;
  }

  /** The same, for another reason and place. */
  RuleRefusal as(Reason otherReason, String otherRule) {
    return new RuleRefusal(otherReason, otherRule, acrValues, maxAgeSeconds);
  }

  /**
   * This refusal, mended only by a sign-in that mends {@code other} too. If they want classes of
   * which none is the same, no sign-in does.
   */
  RuleRefusal and(RuleRefusal other) {
    List<String> both = acrValues;
    if (both.isEmpty()) {
      both = other.acrValues;
    } else if (!other.acrValues.isEmpty()) {
      both = acrValues.stream().filter(other.acrValues::contains).toList();
      if (both.isEmpty()) {
        return lasting(reason, rule);
      }
    }
    long age = maxAgeSeconds;
    if (age == ANY_AGE || (other.maxAgeSeconds != ANY_AGE && other.maxAgeSeconds < age)) {
      age = other.maxAgeSeconds;
    }
    return new RuleRefusal(reason, rule, both, age);
  }
}
