package dev.limen.login;

import dev.limen.config.LoginParameter;
import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one provider is asked beyond a sign-in: fixed parameters, those that a link gave, and what a
 * step-up needs.
 *
 * <p>Invariant: a link's value is passed on only where {@code providers[].loginURLParameters}
 * allows it; any other is as if it were not there, and is counted. A step-up outranks both. Source:
 * oauth2-proxy's {@code loginURLParameters}; OpenID Connect Core, section 3.1.2.1. Safe for all
 * threads.
 */
final class LoginParameters {
  private final ProviderConfig config;
  private final Counter ignored;

  LoginParameters(ProviderConfig config, Metrics metrics) {
    this.config = config;
    this.ignored =
        metrics.counter(
            "limen_login_parameters_ignored_total",
            "Login parameters that a link gave and the configuration does not allow.",
            "provider",
            "parameter");
  }

  /** The parameters of a login that {@code link}, the query of a start, asked for; or nobody. */
  Map<String, String> of(@Nullable QueryString link, StepUp stepUp) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (LoginParameter each : config.loginURLParameters()) {
      String value = value(each, link == null ? List.of() : link.all(each.name()));
      if (value != null) {
        parameters.put(each.name(), value);
      }
    }
    if (!stepUp.acrValues().isEmpty()) {
      parameters.put("acr_values", String.join(" ", stepUp.acrValues()));
    }
    if (stepUp.maxAgeSeconds() != StepUp.ANY_AGE) {
      parameters.put("max_age", Long.toString(stepUp.maxAgeSeconds()));
    }
    return parameters;
  }

  private @Nullable String value(LoginParameter parameter, List<String> given) {
    if (given.size() == 1 && isAllowed(parameter, given.getFirst())) {
      return given.getFirst();
    }
    if (!given.isEmpty()) {
      ignored.increment(config.id(), parameter.name());
    }
    return parameter.defaults().isEmpty() ? null : String.join(" ", parameter.defaults());
  }

  private static boolean isAllowed(LoginParameter parameter, String value) {
    return parameter.anyValue()
        ? LoginParameter.isValue(value)
        : parameter.allow().stream().anyMatch(allowed -> allowed.value().equals(value));
  }
}
