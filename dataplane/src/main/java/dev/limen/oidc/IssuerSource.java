package dev.limen.oidc;

import dev.limen.config.BearerConfig.IssuerConfig;
import dev.limen.config.ProviderConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an issuer's metadata and keys are to be had, whether people sign in there or not.
 *
 * <p>Invariant: made of checked configuration alone; nothing of a token or a request is in it.
 *
 * @param name for log and metrics: a provider's id, else the issuer as configured
 * @param key of the configuration, for messages about it
 * @param issuer as configured
 * @param jwksURL of the key set, or null: by discovery
 * @param backchannelBaseURL origin in place of the issuer's, or null
 * @param signsPeopleIn whether the metadata must say where people sign in
 * @param caFiles to trust
 * @param trustsSystem whether the system's authorities are trusted too
 * @param proxy for every request, or null
 * @param refresh between two readings
 * @param connect to connect
 * @param answer for the whole answer
 */
record IssuerSource(
    String name,
    String key,
    URI issuer,
    @Nullable URI jwksURL,
    @Nullable URI backchannelBaseURL,
    boolean signsPeopleIn,
    List<Path> caFiles,
    boolean trustsSystem,
    @Nullable URI proxy,
    Duration refresh,
    Duration connect,
    Duration answer) {
  /** Between two readings of the metadata of an issuer that is no provider. */
  static final Duration REFRESH = Duration.ofMinutes(10);

  /** Nobody waits for these but the first tokens of a new key, and those for this long at most. */
  static final Duration CONNECT = Duration.ofSeconds(1);

  static final Duration ANSWER = Duration.ofSeconds(2);

  static IssuerSource of(ProviderConfig config) {
    return new IssuerSource(
        config.id(),
        "providers[]",
        config.oidcConfig().issuerURL(),
        null,
        config.oidcConfig().backchannelBaseURL(),
        true,
        config.caFiles(),
        config.useSystemTrustStore(),
        config.proxy(),
        config.discovery().refresh(),
        config.timeouts().connect(),
        config.timeouts().jwks());
  }

  static IssuerSource of(IssuerConfig config) {
    return new IssuerSource(
        config.issuer().toString(),
        "bearer.issuers[]",
        config.issuer(),
        config.jwksURL(),
        config.backchannelBaseURL(),
        false,
        config.caFiles(),
        true,
        config.proxy(),
        REFRESH,
        CONNECT,
        ANSWER);
  }

  /** The key for an operator whose issuer keeps its keys at another origin. */
  String wayOut() {
    return signsPeopleIn ? "oidcConfig.backchannelBaseURL" : "jwksURL or backchannelBaseURL";
  }
}
