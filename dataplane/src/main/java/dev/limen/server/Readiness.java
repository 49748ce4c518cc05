package dev.limen.server;

import dev.limen.oidc.OpenIdProvider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Whether gateways should send checks here.
 *
 * <p>Invariant: every reason against it is one line for an operator, and no reason means ready. A
 * provider that was known once and is away now is no reason: sessions go on without it.
 */
final class Readiness {
  private final Supplier<Collection<OpenIdProvider>> providers;
  private final BooleanSupplier knowsTheTime;
  private final Map<String, String> notes = new ConcurrentSkipListMap<>();
  private volatile boolean storeAnswers;
  private volatile String storeComplaint = "";
  private volatile boolean draining;

  /**
   * {@code providers} says who they are now, {@code knowsTheTime} what {@link SteadyClock} does.
   */
  Readiness(Supplier<Collection<OpenIdProvider>> providers, BooleanSupplier knowsTheTime) {
    this.providers = providers;
    this.knowsTheTime = knowsTheTime;
  }

  /**
   * What an operator should know about {@code subject} although it is no reason; empty: nothing.
   */
  void note(String subject, String text) {
    if (text.isEmpty()) {
      notes.remove(subject);
    } else {
      notes.put(subject, text);
    }
  }

  /** All notes, one line each. */
  List<String> notes() {
    return notes.entrySet().stream().map(note -> note.getKey() + ": " + note.getValue()).toList();
  }

  /** What the store's last ping said. */
  void storeAnswers(boolean answers) {
    storeAnswers = answers;
  }

  /** What has to be mended in the store first; empty: nothing. */
  void storeComplains(String complaint) {
    storeComplaint = complaint;
  }

  /** Off for good: this process is on its way out. */
  void drain() {
    draining = true;
  }

  boolean isReady() {
    return reasonsAgainst().isEmpty();
  }

  /** Why only a restart helps, one line each; empty while none does. */
  List<String> needsRestart() {
    return knowsTheTime.getAsBoolean()
        ? List.of()
        : List.of("clock: it was set, and what time it is cannot be told any more; restart");
  }

  /** Why not, one line each; empty when ready. */
  List<String> reasonsAgainst() {
    List<String> reasons = new ArrayList<>(needsRestart());
    if (draining) {
      reasons.add("draining: this process is on its way out");
    }
    if (!storeAnswers) {
      reasons.add("store: the session store does not answer");
    }
    if (!storeComplaint.isEmpty()) {
      reasons.add("store: " + storeComplaint);
    }
    for (OpenIdProvider provider : providers.get()) {
      if (!provider.isKnown()) {
        reasons.add("provider " + provider.id() + ": its metadata and keys have not been read yet");
      }
    }
    return reasons;
  }
}
