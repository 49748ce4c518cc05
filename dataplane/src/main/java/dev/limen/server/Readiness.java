package dev.limen.server;

import dev.limen.oidc.OpenIdProvider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Whether gateways should send checks here.
 *
 * <p>Invariant: every reason against it is one line for an operator, and no reason means ready. A
 * provider that was known once and is away now is no reason: sessions go on without it.
 */
final class Readiness {
  private final Collection<OpenIdProvider> providers;
  private volatile boolean storeAnswers;
  private volatile boolean draining;

  Readiness(Collection<OpenIdProvider> providers) {
    this.providers = List.copyOf(providers);
  }

  /** What the store's last ping said. */
  void storeAnswers(boolean answers) {
    storeAnswers = answers;
  }

  /** Off for good: this process is on its way out. */
  void drain() {
    draining = true;
  }

  boolean isReady() {
    return reasonsAgainst().isEmpty();
  }

  /** Why not, one line each; empty when ready. */
  List<String> reasonsAgainst() {
    List<String> reasons = new ArrayList<>();
    if (draining) {
      reasons.add("draining: this process is on its way out");
    }
    if (!storeAnswers) {
      reasons.add("store: the session store does not answer");
    }
    for (OpenIdProvider provider : providers) {
      if (!provider.isKnown()) {
        reasons.add("provider " + provider.id() + ": its metadata and keys have not been read yet");
      }
    }
    return reasons;
  }
}
