package dev.limen.server;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.limen.devidp.FaultSwitches;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * ID tokens that a provider, or somebody between, may hand out: each breaks one rule, and its
 * signature is right where it is the claims that lie.
 *
 * <p>Invariant: shares no class with what judges them.
 *
 * @param name begins with the case's number
 */
record Forgery(String name, Consumer<FaultSwitches> switches) {
  /** Those of the provider whose issuer this is; {@code elsewhere} publishes keys too. */
  static List<Forgery> all(String issuer, String elsewhere) throws Exception {
    long now = System.currentTimeMillis() / 1000;
    List<Forgery> all = new ArrayList<>();
    all.addAll(signatures(published(issuer)));
    all.addAll(headers(elsewhere + "/protocol/openid-connect/certs"));
    all.addAll(audiences(issuer));
    all.addAll(times(now));
    all.addAll(shapes());
    return all;
  }

  @Override
  public String toString() {
    return name;
  }

  private static RSAKey published(String issuer) throws Exception {
    URI certs = URI.create(issuer + "/protocol/openid-connect/certs");
    JWK key = JWKSet.load(certs.toURL()).getKeys().getFirst();
    return key.toRSAKey();
  }

  private static List<Forgery> signatures(RSAKey key) throws Exception {
    byte[] der = key.toRSAPublicKey().getEncoded();
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END PUBLIC KEY-----\n";
    return List.of(
        token("A55 alg none and no signature", t -> unsigned(header(t, "alg", "none"))),
        token("A55 alg none and some signature", t -> header(t, "alg", "none")),
        token("A55 alg None", t -> unsigned(header(t, "alg", "None")) + "AA"),
        token("A55 an empty signature", Forgery::unsigned),
        token("A55 a signature of another token", t -> payload(t, "email", "root@example.com")),
        token("A56 HS256 with the public key's PEM", t -> mac(t, bytes(pem))),
        token("A56 HS256 with the public key's DER", t -> mac(t, der)),
        token("A56 HS256 with the public JWK", t -> mac(t, bytes(key.toJSONString()))),
        token("A56 HS256 with the client's secret", t -> mac(t, bytes("limen-demo-secret"))));
  }

  private static List<Forgery> headers(String url) {
    return List.of(
        token("A57 an unknown kid", t -> header(t, "kid", "unknown")),
        token("A57 a kid that is a path", t -> header(t, "kid", "../../x")),
        token("A57 a kid of 10 KiB", t -> header(t, "kid", "k".repeat(10_240))),
        token("A57 jwk", t -> header(t, "jwk", Map.of("kty", "RSA", "n", "AQAB", "e", "AQAB"))),
        token("A57 jku", t -> header(t, "jku", url)),
        token("A57 x5u", t -> header(t, "x5u", url)),
        token("A57 x5c", t -> header(t, "x5c", List.of("MIIB"))),
        token("A57 crit", t -> header(t, "crit", List.of("exp"))),
        token("A62 zip", t -> header(t, "zip", "DEF")),
        token("A62 PBES2 with 2^31 rounds", t -> header(t, "p2c", Integer.MAX_VALUE)),
        token("A64 a logout token by its typ", t -> header(t, "typ", "logout+jwt")),
        token("A64 an access token by its typ", t -> header(t, "typ", "at+jwt")));
  }

  private static List<Forgery> audiences(String issuer) {
    return List.of(
        claim("A49 no nonce", "nonce", null),
        claim("A49 another nonce", "nonce", "n-0S6_WzA2Mj"),
        claim("A58 the issuer with a slash more", "iss", issuer + "/"),
        claim("A58 the issuer in another case", "iss", issuer.replace("realms", "Realms")),
        claim("A58 another realm", "iss", issuer + "2"),
        claim("A58 no issuer", "iss", null),
        claim("A59 another audience", "aud", "other"),
        claim("A59 no audience", "aud", null),
        claims(
            "A59 an audience more, and no azp",
            claims -> {
              claims.put("aud", List.of("limen", "other"));
              claims.remove("azp");
            }),
        claims(
            "A59 an audience more, and another's azp",
            claims -> {
              claims.put("aud", List.of("limen", "other"));
              claims.put("azp", "other");
            }),
        claim("A61 another token's at_hash", "at_hash", "77QmUPtjPfzWtF2AnpK9RQ"),
        claim("A64 an access token by its claims", "typ", "Bearer"),
        claim("A64 a logout token by its claims", "events", Map.of("a", Map.of())));
  }

  private static List<Forgery> times(long now) {
    return List.of(
        claim("A60 expired an hour ago", "exp", now - 3_600),
        claim("A60 no exp", "exp", null),
        claim("A60 iat in an hour", "iat", now + 3_600),
        claim("A60 no iat", "iat", null),
        claim("A60 nbf in an hour", "nbf", now + 3_600),
        claim("A60 no sub", "sub", null),
        claim("A60 an empty sub", "sub", ""),
        claim("A60 a sub that is a number", "sub", 7),
        claim("A60 a sub of 256 characters", "sub", "s".repeat(256)));
  }

  private static List<Forgery> shapes() {
    String deep = "{\"a\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";
    return List.of(
        token("A62 1 MiB", t -> t + "A".repeat(1 << 20)),
        token("A62 128 KiB", t -> t + "A".repeat(1 << 17)),
        token("A62 a payload 10,000 levels deep", t -> part(t, 1, bytes(deep))),
        token("A62 five parts", t -> t + ".AAAA.AAAA"));
  }

  private static Forgery token(String name, UnaryOperator<String> change) {
    return new Forgery(name, faults -> faults.changeIdTokens(change));
  }

  private static Forgery claims(String name, Consumer<Map<String, Object>> change) {
    return new Forgery(
        name,
        faults ->
            faults.changeClaims(claims -> {
              change.accept(claims);
              return claims;
            }));
  }

  private static Forgery claim(String name, String claim, @Nullable Object value) {
    return claims(
        name,
        claims -> {
          if (value == null) {
            claims.remove(claim);
          } else {
            claims.put(claim, value);
          }
        });
  }

  private static String header(String token, String name, Object value) {
    return with(token, 0, name, value);
  }

  private static String payload(String token, String name, Object value) {
    return with(token, 1, name, value);
  }

  private static String with(String token, int part, String name, Object value) {
    try {
      byte[] json = Base64.getUrlDecoder().decode(token.split("\\.")[part]);
      Map<String, Object> members =
          new LinkedHashMap<>(JSONObjectUtils.parse(new String(json, StandardCharsets.UTF_8)));
      members.put(name, value);
      return part(token, part, bytes(JSONObjectUtils.toJSONString(members)));
    } catch (java.text.ParseException e) {
      throw new AssertionError(e);
    }
  }

  private static String part(String token, int part, byte[] bytes) {
    String[] parts = token.split("\\.", -1);
    parts[part] = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    return String.join(".", parts);
  }

  private static String unsigned(String token) {
    return token.substring(0, token.lastIndexOf('.') + 1);
  }

  private static String mac(String token, byte[] key) {
    try {
      String input = header(token, "alg", "HS256");
      input = input.substring(0, input.lastIndexOf('.'));
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Arrays.copyOf(key, key.length), "HmacSHA256"));
      return part(input + ".", 2, mac.doFinal(bytes(input)));
    } catch (java.security.GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
