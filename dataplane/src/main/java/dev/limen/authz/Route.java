package dev.limen.authz;

import dev.limen.config.RouteConfig.Mode;

/**
 * What a request needs, as one route of the configuration says it.
 *
 * <p>Invariant: names are words of the configuration, so they may be labels of a metric. Immutable.
 *
 * @param name what logs and metrics call it
 * @param mode what is needed
 * @param provider id of the provider whose sessions count here, and who signs people in
 * @param headers id of the profile that tells the upstream who asks
 * @param rules who may pass among those who are known
 * @param passesPreflight whether a CORS preflight passes as nobody's
 */
record Route(
    String name,
    Mode mode,
    String provider,
    String headers,
    CompiledRequirement rules,
    boolean passesPreflight) {
  /** Whether a caller is judged at all. */
  boolean hasRules() {
    return rules != CompiledRequirement.NONE;
  }

  /** The name of what no route matches. */
  static final String DEFAULT = "default";
}
