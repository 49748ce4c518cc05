package dev.limen.oidc;

import com.nimbusds.jose.jwk.Curve;
import dev.limen.config.BearerConfig;
import dev.limen.metrics.Metrics;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An issuer by hand, its keys, a clock, and what verifies its tokens. */
final class BearerFixture implements AutoCloseable {
  static final long NOW = 1_800_000_000L;
  static final String AUDIENCE = "orders";
  static final SigningKey KEY = SigningKey.rsa("k1");
  static final SigningKey SECOND = SigningKey.ec("k2", Curve.P_256);

  final AtomicLong now = new AtomicLong(NOW * 1000);
  final AtomicReference<@Nullable RuntimeException> clockTrouble = new AtomicReference<>();
  final WireProvider issuer = new WireProvider();
  final Metrics metrics = new Metrics();
  private final List<BearerTokens> opened = new ArrayList<>();

  BearerFixture() {
    // As Kubernetes says it: an issuer at which nobody signs in has no endpoints for that.
    issuer.json(
        "/realms/limen/.well-known/openid-configuration",
        "{\"issuer\":\""
            + issuer.issuer()
            + "\",\"jwks_uri\":\""
            + issuer.origin()
            + WireProvider.CERTS
            + "\"}");
    publish(KEY);
  }

  /** What an operator writes of an issuer; Limen's defaults but for what a test says. */
  static final class Draft {
    String issuer = "https://id.example/realms/limen";
    List<String> audiences = List.of(AUDIENCE);
    List<String> algorithms = List.of("RS256", "ES256", "PS256");
    List<String> types = List.of("at+jwt", "jwt");
    @Nullable String jwks;
    @Nullable String backChannel;
    List<Path> caFiles = List.of();
    String userIDClaim = "sub";
    int cacheSize = 20_000;

    BearerConfig.IssuerConfig build() {
      return new BearerConfig.IssuerConfig(
          URI.create(issuer),
          audiences,
          algorithms,
          types,
          jwks == null ? null : URI.create(jwks),
          backChannel == null ? null : URI.create(backChannel),
          caFiles,
          null,
          userIDClaim,
          "email",
          "groups");
    }
  }

  static BearerConfig.IssuerConfig issuer(Consumer<Draft> change) {
    Draft draft = new Draft();
    change.accept(draft);
    return draft.build();
  }

  /** Begins, without waiting for the issuer. */
  BearerTokens begin(Consumer<Draft> change) {
    Draft draft = new Draft();
    draft.issuer = issuer.issuer();
    change.accept(draft);
    BearerTokens tokens =
        BearerTokens.start(
            new BearerConfig(List.of(draft.build()), new BearerConfig.CacheConfig(draft.cacheSize)),
            List.of(),
            metrics,
            this::instant);
    opened.add(tokens);
    return tokens;
  }

  private Instant instant() {
    RuntimeException trouble = clockTrouble.get();
    if (trouble != null) {
      throw trouble;
    }
    return Instant.ofEpochMilli(now.get());
  }

  /** Begins, and waits until the issuer's keys are known. */
  BearerTokens start(Consumer<Draft> change) {
    BearerTokens tokens = begin(change);
    Waiting.until("keys are known", () -> scraped().contains("endpoint=\"jwks\",outcome=\"ok\""));
    return tokens;
  }

  void publish(SigningKey... keys) {
    issuer.json(WireProvider.CERTS, SigningKey.published(List.of(keys)));
  }

  int keyRequests() {
    return issuer.requests(WireProvider.CERTS).size();
  }

  /** What Keycloak says in an access token of a moment ago. */
  Map<String, Object> claims() {
    return claims(issuer.issuer());
  }

  static Map<String, Object> claims(String issuer) {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", issuer);
    claims.put("sub", "alice");
    claims.put("aud", List.of("account", AUDIENCE));
    claims.put("azp", "shop");
    claims.put("exp", NOW + 300);
    claims.put("iat", NOW);
    claims.put("typ", "Bearer");
    claims.put("scope", "openid orders:read");
    return claims;
  }

  String token() {
    return token(_ -> {});
  }

  String token(Consumer<Map<String, Object>> change) {
    Map<String, Object> claims = claims();
    change.accept(claims);
    return KEY.sign("RS256", KEY.header("RS256"), claims);
  }

  /** One more token that is like no other. */
  String token(int number) {
    return token(claims -> claims.put("jti", "t" + number));
  }

  /** A token whose key nobody has heard of. */
  String tokenOf(String keyId) {
    Map<String, Object> header = KEY.header("RS256");
    header.put("kid", keyId);
    return KEY.sign("RS256", header, claims());
  }

  BearerOutcome outcome(BearerTokens tokens, String token) {
    try {
      return tokens.verify(token, now.get()).toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  String scraped() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8);
  }

  /** How often a token came to this. */
  int count(String outcome) {
    return scraped()
        .lines()
        .filter(line -> line.startsWith("limen_bearer_tokens_total{"))
        .filter(line -> line.contains("outcome=\"" + outcome + "\""))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Override
  public void close() {
    opened.forEach(BearerTokens::close);
    issuer.close();
  }
}
