package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.crypto.Digests;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which logins have had their token request, so that each has one: a code that is
 * presented twice costs the whole login at the provider (RFC 6749, section 4.1.2).
 *
 * <p>Invariant: while a token request is under way, whoever comes again with the same flow gets its
 * very answer (a double click: the browser reads only the second); afterwards they are told that it
 * is spent. Holds at most {@link #MAX_FLOWS}; the oldest make room. Safe for all threads.
 */
final class SpentFlows {
  /** About 200 bytes each; the oldest is forgotten, and its flow expires soon. */
  static final int MAX_FLOWS = 65_536;

  /** By hash of the seed; null once the answer was given. */
  private final Map<String, @Nullable CompletableFuture<Decision>> flows = new LinkedHashMap<>();

  private final int maxFlows;

  SpentFlows() {
    this(MAX_FLOWS);
  }

  SpentFlows(int maxFlows) {
    this.maxFlows = maxFlows;
  }

  /** The answer of {@code redeem}, asked once for each flow; {@code spent}'s if it was before. */
  CompletionStage<Decision> once(
      Flow flow,
      Supplier<CompletionStage<Decision>> redeem,
      Supplier<CompletionStage<Decision>> spent) {
    String key = HexFormat.of().formatHex(Digests.sha256(flow.seed()));
    CompletableFuture<Decision> answer = new CompletableFuture<>();
    boolean known;
    CompletableFuture<Decision> underWay;
    synchronized (flows) {
      known = flows.containsKey(key);
      underWay = flows.get(key);
      if (!known) {
        forgetOldest();
        flows.put(key, answer);
      }
    }
    if (known) {
      return underWay == null ? spent.get() : underWay.minimalCompletionStage();
    }
    begin(redeem)
        .whenComplete((decision, trouble) -> {
          synchronized (flows) {
            flows.replace(key, null);
          }
          if (trouble == null) {
            answer.complete(decision);
          } else {
            answer.completeExceptionally(trouble);
          }
        });
    return answer.minimalCompletionStage();
  }

  private static CompletionStage<Decision> begin(Supplier<CompletionStage<Decision>> redeem) {
    try {
      return redeem.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void forgetOldest() {
    Iterator<String> oldest = flows.keySet().iterator();
    for (int tooMany = flows.size() - maxFlows; tooMany >= 0 && oldest.hasNext(); tooMany--) {
      oldest.next();
      oldest.remove();
    }
  }
}
