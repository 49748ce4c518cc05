package dev.limen.devidp;

import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A client of the provider that does everything right, and lets a test do one thing wrong. */
final class RelyingParty {
  static final String CALLBACK = "http://localhost:8080/oauth2/callback";
  static final String NONCE = "the-nonce-of-this-login";

  private static final String BASIC = basic("limen", "limen-demo-secret");

  /** An answer whose body is JSON, or none. */
  record Answer(int status, Map<String, Object> json, HttpResponse<String> raw) {
    String text(String name) {
      return Objects.requireNonNull((String) json.get(name), name);
    }

    long number(String name) {
      return ((Number) Objects.requireNonNull(json.get(name), name)).longValue();
    }
  }

  private final HttpClient http = HttpClient.newHttpClient();
  private final DevIdp idp;
  private final CodeVerifier verifier = new CodeVerifier();

  RelyingParty(DevIdp idp) {
    this.idp = idp;
  }

  static String basic(String clientId, String secret) {
    byte[] pair = (clientId + ":" + secret).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  /** A correct authentication request; a test may change it. */
  Map<String, String> request() {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("client_id", "limen");
    parameters.put("redirect_uri", CALLBACK);
    parameters.put("response_type", "code");
    parameters.put("scope", "openid profile email");
    parameters.put("state", "the-state");
    parameters.put("nonce", NONCE);
    parameters.put("code_challenge", challenge());
    parameters.put("code_challenge_method", "S256");
    return parameters;
  }

  private String challenge() {
    return CodeChallenge.compute(CodeChallengeMethod.S256, verifier).getValue();
  }

  /** A correct redemption of the code in {@code callback}; a test may change it. */
  Map<String, String> redemption(String callback) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "authorization_code");
    form.put("code", Objects.requireNonNull(Visitor.parameter(callback, "code"), callback));
    form.put("redirect_uri", CALLBACK);
    form.put("code_verifier", verifier.getValue());
    return form;
  }

  /** Tokens for a browser that logs in now. */
  Answer tokens(Visitor visitor, String name) throws IOException, InterruptedException {
    return token(redemption(visitor.signIn(request(), name)));
  }

  Answer refresh(Answer tokens) throws IOException, InterruptedException {
    return token(
        Map.of("grant_type", "refresh_token", "refresh_token", tokens.text("refresh_token")));
  }

  Answer token(Map<String, String> form) throws IOException, InterruptedException {
    return post("token", form, BASIC);
  }

  Answer post(String endpoint, Map<String, String> form, String authorization)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(at(endpoint))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(Visitor.encoded(form)));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return answer(http.send(request.build(), HttpResponse.BodyHandlers.ofString()));
  }

  Answer revoke(String token) throws IOException, InterruptedException {
    return post("revoke", Map.of("token", token), BASIC);
  }

  Answer userInfo(String accessToken) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(at("userinfo"))
            .header("Authorization", "Bearer " + accessToken)
            .build();
    return answer(http.send(request, HttpResponse.BodyHandlers.ofString()));
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(idp.origin() + path)).build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  JWKSet publishedKeys() throws Exception {
    return JWKSet.parse(get("/realms/limen/protocol/openid-connect/certs").body());
  }

  /** Whether a published key signed this token. */
  boolean verifies(String token) throws Exception {
    SignedJWT jwt = SignedJWT.parse(token);
    return publishedKeys().getKeyByKeyId(jwt.getHeader().getKeyID()) instanceof AsymmetricJWK key
        && jwt.verify(
            new DefaultJWSVerifierFactory().createJWSVerifier(jwt.getHeader(), key.toPublicKey()));
  }

  static Map<String, Object> claims(String token) throws Exception {
    return SignedJWT.parse(token).getPayload().toJSONObject();
  }

  private URI at(String endpoint) {
    return URI.create(idp.origin() + "/realms/limen/protocol/openid-connect/" + endpoint);
  }

  private static Answer answer(HttpResponse<String> raw) {
    String type = raw.headers().firstValue("content-type").orElse("");
    try {
      Map<String, Object> json =
          type.startsWith("application/json") ? JSONObjectUtils.parse(raw.body()) : Map.of();
      return new Answer(raw.statusCode(), json, raw);
    } catch (ParseException e) {
      throw new AssertionError("not JSON, status=" + raw.statusCode(), e);
    }
  }
}
