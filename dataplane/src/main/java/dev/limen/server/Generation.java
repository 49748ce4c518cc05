package dev.limen.server;

import dev.limen.authz.Authorizer;
import dev.limen.authz.RouteProviders;
import dev.limen.config.LimenConfig;
import dev.limen.config.ProviderConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.login.Login;
import dev.limen.login.Refresher;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.BearerTokens;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.ConfiguredKeyRing;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionStore;
import dev.limen.session.Sessions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What decides, as one configuration says it: providers, login, refresher, authorizer.
 *
 * <p>Invariant: immutable, and complete before anybody asks it. What did not change is taken over
 * from the generation before: the key ring and the sessions, a provider with all that it has
 * learned, and always what the refresher has under way. A check stays with the generation that it
 * was asked of.
 */
final class Generation {
  private static final Duration LOOK = Duration.ofMillis(20);

  private final LimenConfig config;
  private final KeyRing ring;
  private final Sessions sessions;
  private final Map<String, OpenIdProvider> providers;
  private final List<OpenIdProvider> fresh;
  private final Refresher refresher;
  private final BearerTokens bearerTokens;
  private final boolean hasFreshTokens;
  private final Login login;
  private final Authorizer authorizer;

  /**
   * What all generations stand on.
   *
   * @param store of sessions
   * @param metrics of the process
   * @param clock of the process
   */
  record Ground(SessionStore store, Metrics metrics, InstantSource clock) {}

  private Generation(
      Ground ground,
      LimenConfig config,
      @Nullable Generation before,
      Map<String, OpenIdProvider> providers,
      Set<Path> changed) {
    Metrics metrics = ground.metrics();
    this.config = config;
    this.providers = Collections.unmodifiableMap(providers);
    this.fresh =
        providers.values().stream()
            .filter(each -> before == null || !before.providers.containsValue(each))
            .toList();
    ring =
        before != null && before.config.cookie().secrets().equals(config.cookie().secrets())
            ? before.ring
            : ring(config);
    sessions =
        before == null
            ? new Sessions(ground.store(), ring, config.session(), metrics)
            : before.sessions(ring, config);
    refresher =
        before == null
            ? new Refresher(providers, sessions, config.session(), metrics)
            : before.refresher.with(providers, sessions, config.session());
    SessionCookie sessionCookie = new SessionCookie(ring);
    login =
        new Login(
            config, providers, new RouteProviders(config), sessions, sessionCookie, ring, metrics);
    bearerTokens = bearerTokens(ground, before, changed);
    hasFreshTokens = before == null || before.bearerTokens != bearerTokens;
    authorizer =
        new Authorizer(config, providers, login, refresher, sessions, bearerTokens, ring, metrics);
  }

  /**
   * The first one; its providers wait for {@link #begin}.
   *
   * @throws dev.limen.config.ConfigException if the configuration cannot be used
   */
  static Generation first(Ground ground, LimenConfig config) {
    return make(ground, config, null, Set.of());
  }

  /**
   * The one after this; its new providers wait for {@link #begin}.
   *
   * @param changed files that hold something else than when this generation was made
   * @throws dev.limen.config.ConfigException if the configuration cannot be used
   */
  Generation next(Ground ground, LimenConfig wanted, Set<Path> changed) {
    return make(ground, wanted, this, changed);
  }

  private static Generation make(
      Ground ground, LimenConfig config, @Nullable Generation before, Set<Path> changed) {
    Map<String, OpenIdProvider> providers = new LinkedHashMap<>();
    List<OpenIdProvider> made = new ArrayList<>();
    try {
      for (ProviderConfig each : config.providers()) {
        OpenIdProvider provider = before == null ? null : before.same(each, changed);
        if (provider == null) {
          provider = OpenIdProvider.unstarted(each, ground.metrics(), ground.clock());
          made.add(provider);
        }
        providers.put(each.id(), provider);
      }
      return new Generation(ground, config, before, providers, changed);
    } catch (RuntimeException e) {
      made.forEach(OpenIdProvider::close);
      throw e;
    }
  }

  private @Nullable OpenIdProvider same(ProviderConfig wanted, Set<Path> changed) {
    boolean known = config.providers().contains(wanted);
    boolean sameAuthorities = Collections.disjoint(wanted.caFiles(), changed);
    return known && sameAuthorities ? providers.get(wanted.id()) : null;
  }

  private Sessions sessions(KeyRing wantedRing, LimenConfig wanted) {
    return ring == wantedRing && config.session().equals(wanted.session())
        ? sessions
        : sessions.with(wantedRing, wanted.session());
  }

  /** Those of before, where neither they nor the providers whose keys they use have changed. */
  private BearerTokens bearerTokens(Ground ground, @Nullable Generation before, Set<Path> changed) {
    boolean same =
        before != null
            && before.config.bearer().equals(config.bearer())
            && before.providers.equals(providers)
            && config.bearer().issuers().stream()
                .allMatch(issuer -> Collections.disjoint(issuer.caFiles(), changed));
    return before != null && same
        ? before.bearerTokens
        : BearerTokens.unstarted(
            config.bearer(), providers.values(), ground.metrics(), ground.clock());
  }

  private static KeyRing ring(LimenConfig config) {
    return config.cookie().secrets().isEmpty()
        ? KeyRing.generated()
        : ConfiguredKeyRing.of(config.cookie().secrets());
  }

  /** Begins to learn about the providers and the issuers of access tokens that are new. */
  void begin() {
    if (hasFreshTokens) {
      bearerTokens.begin();
    }
    fresh.forEach(OpenIdProvider::begin);
  }

  /** Waits until the new providers are known; the ids of those that are not, in the end. */
  List<String> unknownAfter(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!unknown().isEmpty() && System.nanoTime() < end) {
      Thread.sleep(LOOK);
    }
    return unknown();
  }

  private List<String> unknown() {
    return fresh.stream().filter(each -> !each.isKnown()).map(OpenIdProvider::id).toList();
  }

  /** Closes what {@code next} does not have. */
  void retireFor(Generation next) {
    if (next.bearerTokens != bearerTokens) {
      bearerTokens.close();
    }
    for (OpenIdProvider provider : providers.values()) {
      if (!next.providers.containsValue(provider)) {
        provider.close();
      }
    }
  }

  /** Closes what is new: nobody will ask this generation. */
  void abandon(Generation kept, Metrics metrics) {
    if (kept.bearerTokens != bearerTokens) {
      bearerTokens.close();
      kept.bearerTokens.showFigures(metrics);
    }
    fresh.forEach(OpenIdProvider::close);
  }

  /** Closes all. */
  void close() {
    bearerTokens.close();
    providers.values().forEach(OpenIdProvider::close);
  }

  LimenConfig config() {
    return config;
  }

  Collection<OpenIdProvider> providers() {
    return providers.values();
  }

  BearerTokens bearerTokens() {
    return bearerTokens;
  }

  Refresher refresher() {
    return refresher;
  }

  Login login() {
    return login;
  }

  Authorizer authorizer() {
    return authorizer;
  }
}
