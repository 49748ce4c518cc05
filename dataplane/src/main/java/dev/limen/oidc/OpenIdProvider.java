package dev.limen.oidc;

import dev.limen.check.Defect;
import dev.limen.check.Reason;
import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import dev.limen.session.Session;
import java.net.URI;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One OpenID Provider, as its relying party sees it.
 *
 * <p>Invariant: no method waits. What takes time (requests, signatures, JSON) runs on virtual
 * threads, and the stages complete there, never exceptionally. Nothing that is secret is logged.
 * Safe for all threads.
 *
 * <p>Source: OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0 and Back-Channel
 * Logout 1.0; RFC 6749; RFC 7009; RFC 7636; RFC 9207.
 */
public final class OpenIdProvider implements AutoCloseable {
  /**
   * Characters of an {@code id_token_hint} at most: Keycloak's server refuses a request line over
   * 4,096 (Vert.x' default). Without it {@code client_id} says who asks, and the provider asks the
   * person.
   */
  static final int MAX_HINT_LENGTH = 3 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(OpenIdProvider.class);

  private final ProviderConfig config;
  private final ExecutorService virtualThreads;
  private final BackChannel backChannel;
  private final ProviderKnowledge knowledge;
  private final Grants grants;
  private final LogoutTokens logoutTokens;
  private final Revocation revocation;

  private OpenIdProvider(ProviderConfig config, Metrics metrics, InstantSource time) {
    this.config = config;
    Counter requests = ProviderKnowledge.requests(metrics);
    this.virtualThreads =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("oidc-" + config.id() + "-", 0).factory());
    IssuerSource source = IssuerSource.of(config);
    this.backChannel = new BackChannel(source, virtualThreads);
    this.knowledge = new ProviderKnowledge(source, backChannel, requests, time);
    this.grants =
        new Grants(config, new TokenEndpoint(config, backChannel), knowledge, requests, time);
    this.logoutTokens = new LogoutTokens(config, knowledge, metrics, time);
    // An endpoint of its own: a wave of sign-outs takes no place from a refresh.
    this.revocation =
        new Revocation(config, new TokenEndpoint(config, backChannel), knowledge, requests);
  }

  /**
   * Begins to learn about a provider, and comes back at once, whether it is there or not.
   *
   * @throws dev.limen.config.ConfigException if a CA file cannot be read
   */
  public static OpenIdProvider start(ProviderConfig config, Metrics metrics, InstantSource time) {
    OpenIdProvider provider = unstarted(config, metrics, time);
    provider.begin();
    return provider;
  }

  /**
   * A provider that is asked nothing until {@link #begin} or {@link #survey}.
   *
   * @throws dev.limen.config.ConfigException if a CA file cannot be read
   */
  public static OpenIdProvider unstarted(
      ProviderConfig config, Metrics metrics, InstantSource time) {
    return new OpenIdProvider(config, metrics, time);
  }

  /** Begins to learn about it, once; comes back at once. */
  public void begin() {
    virtualThreads.execute(knowledge::learn);
  }

  /** Asks it once for its metadata and keys, for an operator who wants to know. */
  public CompletionStage<ProviderSurvey> survey() {
    return CompletableFuture.supplyAsync(knowledge::survey, virtualThreads);
  }

  /** Its name in the configuration. */
  public String id() {
    return config.id();
  }

  /** Its issuer, as configured. */
  public String issuer() {
    return config.oidcConfig().issuerURL().toString();
  }

  /** What is known of it, for its access tokens. */
  ProviderKnowledge knowledge() {
    return knowledge;
  }

  /** Whether its metadata and its keys were read at least once. */
  public boolean isKnown() {
    return knowledge.metadata() != null;
  }

  /** Where a browser goes to sign in, or null while the provider is not known, or is away. */
  public @Nullable String authorizationUrl(AuthorizationRequest request) {
    ProviderMetadata metadata = knowledge.metadata();
    if (metadata == null || backChannel.presence().isAway()) {
      return null;
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("response_type", "code");
    parameters.put("client_id", config.clientID());
    parameters.put("redirect_uri", request.redirectUri());
    parameters.put("scope", config.scope());
    parameters.put("state", request.state());
    parameters.put("nonce", request.nonce());
    parameters.put("code_challenge", request.codeChallenge());
    parameters.put("code_challenge_method", "S256");
    request.more().forEach(parameters::putIfAbsent);
    return FormEncoding.appended(metadata.authorizationEndpoint().toString(), parameters);
  }

  /** Whether its authorization responses must carry {@code iss} (RFC 9207). */
  public boolean requiresIssParameter() {
    ProviderMetadata metadata = knowledge.metadata();
    return metadata != null && metadata.issParameterSupported();
  }

  /**
   * Redeems a code.
   *
   * @param sent what the authentication request held
   */
  public CompletionStage<TokenOutcome> redeem(
      String code, String codeVerifier, String redirectUri, SentRequest sent) {
    return away(() -> grants.redeem(code, codeVerifier, redirectUri, sent));
  }

  /**
   * Redeems a session's refresh token, once.
   *
   * @param kept what a refresh of this generation came to before ({@link TokenOutcome.Unverified}):
   *     it is judged again, and if it still breaks a rule, its own refresh token is redeemed, since
   *     the session's is spent; or null
   */
  public CompletionStage<TokenOutcome> refresh(Session session, @Nullable UnverifiedGrant kept) {
    return away(() -> grants.refresh(session, kept));
  }

  /**
   * Where a browser goes to sign out at the provider, or null if that is switched off, or the
   * provider has no such endpoint or is not known.
   *
   * @param idTokenHint the session's ID token, expired or not; or null
   */
  public @Nullable String endSessionUrl(
      @Nullable String idTokenHint, String postLogoutRedirectUri, String state) {
    ProviderMetadata metadata = knowledge.metadata();
    URI endpoint = metadata == null ? null : metadata.endSessionEndpoint();
    if (endpoint == null || !config.logout().rpInitiated()) {
      return null;
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    if (idTokenHint != null && idTokenHint.length() <= MAX_HINT_LENGTH) {
      parameters.put("id_token_hint", idTokenHint);
    }
    parameters.put("client_id", config.clientID());
    parameters.put("post_logout_redirect_uri", postLogoutRedirectUri);
    parameters.put("state", state);
    return FormEncoding.appended(endpoint.toString(), parameters);
  }

  /**
   * What a logout token says, which claims to be this provider's.
   *
   * @param token as it came, from anybody
   */
  public CompletionStage<LogoutOutcome> judgeLogout(String token) {
    try {
      return CompletableFuture.supplyAsync(() -> logoutTokens.judge(token), virtualThreads)
          .exceptionally(thrown -> new LogoutOutcome.Unavailable(defectIn(thrown)));
    } catch (RejectedExecutionException _) {
      return CompletableFuture.completedFuture(
          new LogoutOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
    }
  }

  /**
   * The issuer that {@code token} names, to choose who may judge it, and for nothing else: nothing
   * of it is verified. Null if it is no token.
   */
  public static @Nullable String issuerNamedIn(String token) {
    JsonObject claims =
        TokenVerifier.brokenShape(token) == null ? TokenVerifier.payloadOf(token) : null;
    return claims == null ? null : claims.text("iss");
  }

  /**
   * Tells the provider that a refresh token will not be used again (RFC 7009), if it wants to know;
   * comes back at once, and nothing depends on what becomes of it.
   */
  public void revoke(String refreshToken) {
    try {
      virtualThreads.execute(() -> revocation.revoke(refreshToken));
    } catch (RejectedExecutionException _) {
      LOG.debug("provider {} is closed; a refresh token was not revoked", config.id());
    }
  }

  /** Breaks off what is under way; what waits for it gets {@link TokenOutcome.Unavailable}. */
  @Override
  public void close() {
    knowledge.close();
    backChannel.close();
    virtualThreads.shutdown();
  }

  private CompletionStage<TokenOutcome> away(Supplier<TokenOutcome> work) {
    try {
      return CompletableFuture.supplyAsync(work, virtualThreads).exceptionally(this::defect);
    } catch (RejectedExecutionException _) {
      return CompletableFuture.completedFuture(
          new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
    }
  }

  private TokenOutcome defect(Throwable thrown) {
    return new TokenOutcome.Unavailable(defectIn(thrown));
  }

  private Reason defectIn(Throwable thrown) {
    LOG.error("provider {} met a defect: {}", config.id(), Defect.described(thrown));
    return Reason.INTERNAL_ERROR;
  }
}
