package dev.limen.server;

import dev.limen.config.LimenConfig;
import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.BearerTokens;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.oidc.ProviderSurvey;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks each provider, and each issuer of access tokens, for its metadata and keys, by the code and
 * the timeouts of a running Limen.
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
    // Asked in any case, so that everything wrong is said in one run.
    boolean issuersAreGood = areGood(config);
    return good && issuersAreGood;
  }

  /** Issuers that are providers too were asked as such. */
  private boolean areGood(LimenConfig config) {
    Metrics metrics = new Metrics();
    InstantSource clock = InstantSource.system();
    List<OpenIdProvider> providers = new ArrayList<>();
    try {
      for (ProviderConfig each : config.providers()) {
        providers.add(OpenIdProvider.unstarted(each, metrics, clock));
      }
      try (BearerTokens tokens =
          BearerTokens.unstarted(config.bearer(), providers, metrics, clock)) {
        boolean good = true;
        for (String issuer : tokens.issuers()) {
          String name = "bearer issuer " + issuer;
          good &= isGood(name, awaited(name, issuer, tokens.survey(issuer)));
        }
        return good;
      }
    } finally {
      providers.forEach(OpenIdProvider::close);
    }
  }

  private boolean isGood(ProviderConfig config) {
    try (OpenIdProvider provider =
        OpenIdProvider.unstarted(config, new Metrics(), InstantSource.system())) {
      String name = "provider " + config.id();
      return isGood(name, awaited(name, provider.issuer(), provider.survey()));
    }
  }

  private boolean isGood(String name, ProviderSurvey survey) {
    if (survey.problem() != null) {
      err.println(name + ": error: issuer " + survey.issuer() + ": " + survey.problem());
      return false;
    }
    String endpoints = survey.endpoints() == 0 ? "" : survey.endpoints() + " endpoints, ";
    out.println(
        name + ": issuer " + survey.issuer() + ", " + endpoints + survey.keys() + " key(s)");
    return true;
  }

  private ProviderSurvey awaited(
      String name, String issuer, CompletionStage<ProviderSurvey> stage) {
    CompletableFuture<ProviderSurvey> survey = stage.toCompletableFuture();
    try {
      try {
        return survey.get(PROGRESS.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        err.println(name + ": waiting for " + issuer);
        err.flush();
        return survey.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new ProviderSurvey(issuer, 0, 0, "interrupted");
    } catch (ExecutionException e) {
      return new ProviderSurvey(issuer, 0, 0, e.getClass().getSimpleName());
    }
  }
}
