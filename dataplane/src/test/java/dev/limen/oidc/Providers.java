package dev.limen.oidc;

import dev.limen.config.ProviderConfig;
import dev.limen.config.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Configurations of providers for tests: Keycloak at its defaults, but for what a test says. */
final class Providers {
  static final String CLIENT = "limen";
  static final String SECRET = "limen-demo-secret";

  String issuer = "https://id.example/realms/limen";
  @Nullable String backChannel;
  String clientId = CLIENT;
  String secret = SECRET;
  ProviderConfig.Dialect dialect = ProviderConfig.Dialect.KEYCLOAK_OIDC;
  ProviderConfig.ClientAuth clientAuth = ProviderConfig.ClientAuth.CLIENT_SECRET_BASIC;
  List<String> algorithms = List.of("RS256", "ES256", "PS256");
  List<Path> caFiles = new ArrayList<>();
  Duration connect = Duration.ofSeconds(5);
  Duration total = Duration.ofSeconds(5);
  Duration refresh = Duration.ofMinutes(10);
  boolean useSystemTrustStore = true;
  @Nullable String proxy;
  boolean rpInitiated = true;
  boolean revokeTokens = true;
  boolean plainJwtTokens;
  String userIDClaim = "sub";
  boolean insecureAllowUnverifiedEmail;

  private Providers() {}

  static ProviderConfig with(Consumer<Providers> change) {
    Providers draft = new Providers();
    change.accept(draft);
    return new ProviderConfig(
        "main",
        draft.dialect,
        draft.clientId,
        new Secret(draft.secret),
        draft.clientAuth,
        "openid profile email",
        List.of(),
        draft.caFiles,
        draft.useSystemTrustStore,
        draft.proxy == null ? null : URI.create(draft.proxy),
        new ProviderConfig.OidcConfig(
            URI.create(draft.issuer),
            draft.backChannel == null ? null : URI.create(draft.backChannel),
            draft.algorithms,
            "email",
            "groups",
            draft.userIDClaim,
            draft.insecureAllowUnverifiedEmail),
        new ProviderConfig.DiscoveryConfig(draft.refresh),
        new ProviderConfig.TimeoutsConfig(draft.connect, draft.total, draft.total),
        new ProviderConfig.LogoutConfig(
            draft.rpInitiated, draft.revokeTokens, true, draft.plainJwtTokens));
  }

  static ProviderConfig standard() {
    return with(_ -> {});
  }
}
