package dev.limen.server;

import dev.limen.config.LimenConfig;
import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.oidc.ProviderSurvey;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks each provider for its metadata and keys, by the code and the timeouts of a running Limen.
 *
 * <p>Invariant: one line for each provider, and one more for one that lets an operator wait; each
 * is asked once.
 *
 * @param out for what was learned
 * @param err for what is wrong, and for progress
 */
record OnlineCheck(PrintWriter out, PrintWriter err) {
  /** After so long a line says who is being waited for. */
  static final Duration PROGRESS = Duration.ofSeconds(2);

  /** Whether every provider answered as it must. */
  boolean isGood(LimenConfig config) {
    boolean good = true;
    for (ProviderConfig provider : config.providers()) {
      good &= isGood(provider);
    }
    return good;
  }

  private boolean isGood(ProviderConfig config) {
    try (OpenIdProvider provider =
        OpenIdProvider.unstarted(config, new Metrics(), InstantSource.system())) {
      ProviderSurvey survey = awaited(provider);
      boolean good = survey.problem() == null;
      String name = "provider " + config.id() + ": ";
      if (good) {
        out.println(
            name
                + "issuer "
                + survey.issuer()
                + ", "
                + survey.endpoints()
                + " endpoints, "
                + survey.keys()
                + " key(s)");
      } else {
        err.println(name + "error: issuer " + survey.issuer() + ": " + survey.problem());
      }
      return good;
    }
  }

  private ProviderSurvey awaited(OpenIdProvider provider) {
    CompletableFuture<ProviderSurvey> survey = provider.survey().toCompletableFuture();
    try {
      try {
        return survey.get(PROGRESS.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        err.println("provider " + provider.id() + ": waiting for " + provider.issuer());
        err.flush();
        return survey.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new ProviderSurvey(provider.issuer(), 0, 0, "interrupted");
    } catch (ExecutionException e) {
      return new ProviderSurvey(provider.issuer(), 0, 0, e.getClass().getSimpleName());
    }
  }
}
