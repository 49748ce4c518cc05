package dev.limen.login;

import dev.limen.metrics.Metrics;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The providers that refuse this client's own credentials: an operator has to mend that.
 *
 * <p>Invariant: a provider is broken from its first such refusal until it accepts the client again,
 * and each of the two is one line in the log. No session ends for it. Safe for all threads.
 */
final class ClientRefusals {
  private static final Logger LOG = LoggerFactory.getLogger(ClientRefusals.class);

  private final Set<String> broken = ConcurrentHashMap.newKeySet();

  ClientRefusals(Metrics metrics) {
    metrics.gauge(
        "limen_providers_refusing_client",
        "Providers that refuse clientID and clientSecret at refreshes: worth an alarm",
        broken::size);
  }

  /** {@code invalid_client} (RFC 6749, section 5.2). */
  void refused(String provider) {
    if (broken.add(provider)) {
      LOG.error(
          "provider {}: alarm=client_refused, its sessions are kept and cannot be renewed: mend"
              + " clientID and clientSecret",
          provider);
    }
  }

  /** The provider said anything that it says to a client which it accepts. */
  void accepted(String provider) {
    if (broken.remove(provider)) {
      LOG.info("provider {}: accepts the client again", provider);
    }
  }
}
