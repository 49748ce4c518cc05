package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Size, shape, header and signature: what is refused before a claim is read. */
class TokenVerifierTest {
  private static final SigningKey KEY = SigningKey.rsa("k1");
  private static final SigningKey OTHER = SigningKey.rsa("k1");
  private static final SigningKey EC = SigningKey.ec("e1", Curve.P_256);
  private static final KeySet KEYS = SigningKey.keySet(KEY, EC);
  private static final Set<String> TYPES = Set.of("jwt");
  private static final Map<String, Object> CLAIMS = Map.of("sub", "alice");
  private static final TokenVerifier VERIFIER = TokenVerifier.of(Providers.standard());

  private static final String GOOD = signed(KEY.header("RS256"));

  private static Verdict verify(String token) {
    return VERIFIER.verify(token, TYPES, KEYS);
  }

  private static Map<String, Object> header(String name, Object value) {
    Map<String, Object> header = KEY.header("RS256");
    header.put(name, value);
    return header;
  }

  private static String signed(Map<String, Object> header) {
    return KEY.sign("RS256", header, CLAIMS);
  }

  private static String unsigned(Map<String, Object> header, String signature) {
    return SigningKey.part(JSONObjectUtils.toJSONString(header))
        + "."
        + SigningKey.part("{\"sub\":\"alice\"}")
        + "."
        + signature;
  }

  private static String mac(byte[] secret) {
    String input =
        SigningKey.part(JSONObjectUtils.toJSONString(header("alg", "HS256")))
            + "."
            + SigningKey.part("{\"sub\":\"alice\"}");
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return input + "." + Base64URL.encode(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] publicKey() {
    try {
      return ((RSAKey) KEY.jwk()).toRSAPublicKey().getEncoded();
    } catch (com.nimbusds.jose.JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] pem() {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(publicKey());
    return ("-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static Arguments row(String sentence, TokenRule rule, String token) {
    return arguments(named(sentence, token), rule);
  }

  static Stream<Arguments> algorithms() {
    String[] parts = GOOD.split("\\.", -1);
    byte[] secret = Providers.SECRET.getBytes(StandardCharsets.UTF_8);
    byte[] jwk = KEY.jwk().toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8);
    return Stream.of(
        row(
            "A55: alg none, and no signature",
            TokenRule.SHAPE,
            unsigned(header("alg", "none"), "")),
        row(
            "A55: alg none, and some signature",
            TokenRule.ALGORITHM,
            unsigned(header("alg", "none"), "AAAA")),
        row("A55: alg None", TokenRule.ALGORITHM, unsigned(header("alg", "None"), parts[2])),
        row("A55: alg nOnE", TokenRule.ALGORITHM, unsigned(header("alg", "nOnE"), parts[2])),
        row("A55: an empty signature", TokenRule.SHAPE, parts[0] + "." + parts[1] + "."),
        row("A55: no alg", TokenRule.ALGORITHM, unsigned(Map.of("kid", "k1"), parts[2])),
        row(
            "A55: an alg that is a list",
            TokenRule.ALGORITHM,
            signed(header("alg", List.of("RS256")))),
        row("A55: alg in another case", TokenRule.ALGORITHM, signed(header("alg", "rs256"))),
        row("A56: HS256 with the public key's PEM", TokenRule.ALGORITHM, mac(pem())),
        row("A56: HS256 with the public key's DER", TokenRule.ALGORITHM, mac(publicKey())),
        row("A56: HS256 with the public JWK", TokenRule.ALGORITHM, mac(jwk)),
        row("A56: HS256 with the client's secret", TokenRule.ALGORITHM, mac(secret)),
        row(
            "an algorithm that is not enabled",
            TokenRule.ALGORITHM,
            KEY.sign("RS512", KEY.header("RS512"), CLAIMS)));
  }

  static Stream<Arguments> headers() {
    return Stream.of(
        row(
            "A57: a key id of 257 characters",
            TokenRule.KEY_ID,
            signed(header("kid", "k".repeat(257)))),
        row("A57: a key id of 10 KiB", TokenRule.HEADER, signed(header("kid", "k".repeat(10_240)))),
        row("A57: an empty key id", TokenRule.KEY_ID, signed(header("kid", ""))),
        row("A57: a key id that is a number", TokenRule.KEY_ID, signed(header("kid", 1))),
        row(
            "A57: jwk",
            TokenRule.HEADER_PARAMETER,
            signed(header("jwk", KEY.jwk().toPublicJWK().toJSONObject()))),
        row(
            "A57: jku",
            TokenRule.HEADER_PARAMETER,
            signed(header("jku", "https://evil.example/keys"))),
        row(
            "A57: x5u",
            TokenRule.HEADER_PARAMETER,
            signed(header("x5u", "https://evil.example/cert"))),
        row("A57: x5c", TokenRule.HEADER_PARAMETER, signed(header("x5c", List.of("MIIB")))),
        row("A57: crit", TokenRule.HEADER_PARAMETER, signed(header("crit", List.of("exp")))),
        row("a jwk that is null", TokenRule.HEADER_PARAMETER, signed(headerWithNull("jwk"))),
        row(
            "a payload that is not encoded (b64)",
            TokenRule.HEADER_PARAMETER,
            signed(header("b64", false))),
        row(
            "a token within a token (cty)",
            TokenRule.HEADER_PARAMETER,
            signed(header("cty", "JWT"))),
        row("A64: a logout token, by its typ", TokenRule.TYPE, signed(header("typ", "logout+jwt"))),
        row("A64: an access token, by its typ", TokenRule.TYPE, signed(header("typ", "at+jwt"))),
        row(
            "A64: an access token, by its whole typ",
            TokenRule.TYPE,
            signed(header("typ", "application/at+JWT"))),
        row("a typ that is a number", TokenRule.TYPE, signed(header("typ", 1))));
  }

  static Stream<Arguments> bombs() {
    String[] parts = GOOD.split("\\.", -1);
    Map<String, Object> jwe = header("alg", "RSA-OAEP");
    jwe.put("enc", "A256GCM");
    jwe.put("zip", "DEF");
    Map<String, Object> pbes2 = header("alg", "PBES2-HS256+A128KW");
    pbes2.put("p2c", Integer.MAX_VALUE);
    return Stream.of(
        row(
            "A62: a compressed payload (zip)",
            TokenRule.HEADER_PARAMETER,
            signed(header("zip", "DEF"))),
        row("A62: JWE, zipped", TokenRule.SHAPE, unsigned(jwe, "AAAA.AAAA.AAAA")),
        row("A62: PBES2 with 2^31 rounds", TokenRule.HEADER_PARAMETER, unsigned(pbes2, "AAAA")),
        row(
            "A62: 1 MiB",
            TokenRule.SIZE,
            KEY.sign("RS256", KEY.header("RS256"), Map.of("sub", "x".repeat(1 << 20)))),
        row(
            "A62: a header 3,000 levels deep",
            TokenRule.HEADER,
            deep(3_000) + "." + parts[1] + "." + parts[2]),
        row(
            "A62: a payload 10,000 levels deep",
            TokenRule.PAYLOAD,
            KEY.sign(
                "RS256",
                KEY.header("RS256"),
                "{\"a\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}")));
  }

  static Stream<Arguments> shapes() {
    String[] parts = GOOD.split("\\.", -1);
    return Stream.of(
        row("nothing", TokenRule.SHAPE, ""),
        row("no dots", TokenRule.SHAPE, "abc"),
        row("two parts", TokenRule.SHAPE, parts[0] + "." + parts[1]),
        row("three dots", TokenRule.SHAPE, GOOD + "."),
        row("a part in front", TokenRule.SHAPE, "." + GOOD),
        row("an empty payload", TokenRule.SHAPE, parts[0] + ".." + parts[2]),
        row("padding", TokenRule.SHAPE, GOOD + "="),
        row("a space at the end", TokenRule.SHAPE, GOOD + " "),
        row("a letter of another alphabet", TokenRule.SHAPE, parts[0] + "." + parts[1] + ".ψψψψ"),
        row("base64 that is not for URLs", TokenRule.SHAPE, parts[0] + "." + parts[1] + ".++//"),
        row(
            "a header that is a list",
            TokenRule.HEADER,
            SigningKey.part("[]") + "." + parts[1] + "." + parts[2]),
        row(
            "a header with alg twice",
            TokenRule.HEADER,
            SigningKey.part("{\"alg\":\"RS256\",\"alg\":\"none\"}")
                + "."
                + parts[1]
                + "."
                + parts[2]),
        row(
            "a payload that is a string",
            TokenRule.PAYLOAD,
            KEY.sign("RS256", KEY.header("RS256"), "\"alice\"")),
        row(
            "a payload with sub twice",
            TokenRule.PAYLOAD,
            KEY.sign("RS256", KEY.header("RS256"), "{\"sub\":\"alice\",\"sub\":\"bob\"}")));
  }

  static Stream<Arguments> signatures() {
    String[] parts = GOOD.split("\\.", -1);
    return Stream.of(
        row(
            "another payload under the signature",
            TokenRule.SIGNATURE,
            parts[0] + "." + SigningKey.part("{\"sub\":\"bob\"}") + "." + parts[2]),
        row(
            "another header over the signature",
            TokenRule.SIGNATURE,
            SigningKey.part("{\"alg\":\"RS256\",\"kid\":\"k1\"}")
                + "."
                + parts[1]
                + "."
                + parts[2]),
        row(
            "an RS256 signature that says PS256",
            TokenRule.SIGNATURE,
            signed(header("alg", "PS256"))),
        row(
            "a signature by another key of this name",
            TokenRule.SIGNATURE,
            OTHER.sign("RS256", KEY.header("RS256"), CLAIMS)),
        row("an ECDSA signature of zeros", TokenRule.SIGNATURE, zeros(64)),
        row("an ECDSA signature that is cut", TokenRule.SIGNATURE, zeros(63)),
        row("an ECDSA signature that is one byte", TokenRule.SIGNATURE, zeros(1)));
  }

  private static Map<String, Object> headerWithNull(String name) {
    Map<String, Object> header = KEY.header("RS256");
    header.put(name, null);
    return header;
  }

  private static String deep(int depth) {
    return SigningKey.part("{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}");
  }

  private static String zeros(int length) {
    return unsigned(
        new LinkedHashMap<>(Map.of("alg", "ES256", "kid", "e1")),
        Base64URL.encode(new byte[length]).toString());
  }

  @ParameterizedTest(name = "{0} breaks {1}")
  @DisplayName(
      "A55 A56 A57 A62 a token in a shape, or under an algorithm, that is not ours is none")
  @MethodSource({"algorithms", "headers", "bombs", "shapes", "signatures"})
  void isRefused(String token, TokenRule rule) {
    assertThat(verify(token)).isEqualTo(new Verdict.Refused(rule));
  }

  static Stream<Arguments> neighbours() {
    Map<String, Object> withoutKeyId = KEY.header("RS256");
    withoutKeyId.remove("kid");
    Map<String, Object> withoutType = KEY.header("RS256");
    withoutType.remove("typ");
    return Stream.of(
        arguments(named("what Keycloak sends", signed(KEY.header("RS256")))),
        arguments(named("PS256 with the same key", KEY.sign("PS256", KEY.header("PS256"), CLAIMS))),
        arguments(named("ES256", EC.sign("ES256", EC.header("ES256"), CLAIMS))),
        arguments(named("no kid, where one key fits", signed(withoutKeyId))),
        arguments(named("no typ", signed(withoutType))),
        arguments(named("typ in lower case", signed(header("typ", "jwt")))),
        arguments(named("typ with application/", signed(header("typ", "application/jwt")))),
        arguments(named("a thumbprint, as Entra ID sends", signed(header("x5t", "dGh1bWI")))),
        arguments(named("a parameter that nobody knows", signed(header("org.example", Map.of())))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("neighbours")
  void isAccepted(String token) {
    assertThat(verify(token)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void aHeaderIsReadUpToItsLimit() {
    int shortest = GOOD.indexOf('.');
    // Each three bytes of a header are four characters of its token.
    int room = (TokenVerifier.MAX_HEADER_LENGTH - shortest) / 4 * 3 - 16;
    int pad = room;
    while (headerLength(pad + 1) <= TokenVerifier.MAX_HEADER_LENGTH) {
      pad++;
    }
    assertThat(headerLength(pad)).isEqualTo(TokenVerifier.MAX_HEADER_LENGTH);
    assertThat(verify(padded(pad))).isInstanceOf(Verdict.Accepted.class);
    assertThat(verify(padded(pad + 1))).isEqualTo(new Verdict.Refused(TokenRule.HEADER));
  }

  private static String padded(int length) {
    return signed(header("pad", "a".repeat(length)));
  }

  private static int headerLength(int pad) {
    return padded(pad).indexOf('.');
  }

  @Test
  @DisplayName("A62: a token is looked into up to its limit, and not one character further")
  void theLimitIsExact() {
    assertThat(verify("A".repeat(TokenVerifier.MAX_LENGTH)))
        .isEqualTo(new Verdict.Refused(TokenRule.SHAPE));
    assertThat(verify("A".repeat(TokenVerifier.MAX_LENGTH + 1)))
        .isEqualTo(new Verdict.Refused(TokenRule.SIZE));
    Map<String, Object> large = Map.of("sub", "x".repeat(48_000));
    assertThat(verify(KEY.sign("RS256", KEY.header("RS256"), large)))
        .isInstanceOf(Verdict.Accepted.class);
  }

  private static List<String> hostile() {
    return List.of(
        "A".repeat(1 << 20),
        deep(3_000) + ".e30.AAAA",
        KEY.sign("RS256", KEY.header("RS256"), "{\"a\":" + "[".repeat(10_000)),
        unsigned(Map.of("alg", "PBES2-HS256+A128KW", "p2c", Integer.MAX_VALUE), "AAAA"),
        String.join(".", Collections.nCopies(10_000, "e30")));
  }

  @Test
  @DisplayName("A62: hostile tokens are refused in 2 MiB of memory")
  void hostileTokensTakeLittleMemory() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (String token : hostile()) {
      long least = Long.MAX_VALUE;
      for (int round = 0; round < 20; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(verify(token)).isInstanceOf(Verdict.Refused.class);
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).isLessThanOrEqualTo(2L << 20);
    }
  }

  @Test
  @DisplayName("A62: hostile tokens are refused in 5 ms")
  void hostileTokensAreRefusedQuickly() {
    List<String> hostile = hostile();
    hostile.forEach(TokenVerifierTest::verify);
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long begin = System.nanoTime();
      hostile.forEach(TokenVerifierTest::verify);
      best = Math.min(best, System.nanoTime() - begin);
    }
    assertThat(best / hostile.size()).isLessThan(5_000_000L);
  }

  @Nested
  class KeysThatAreNotKnown {
    @Test
    @DisplayName("A57: a key id that nobody published is not found, whatever it looks like")
    void areNotFound() {
      for (String keyId : List.of("k2", "../../x", "K1", "k1 ", "k".repeat(256))) {
        assertThat(verify(signed(header("kid", keyId)))).isEqualTo(new Verdict.KeyUnknown());
      }
    }

    @Test
    void ofAnotherKindDoNotCountAsFound() {
      assertThat(verify(signed(header("kid", "e1")))).isEqualTo(new Verdict.KeyUnknown());
    }

    @Test
    void mayHaveNoNameAtAll() {
      Map<String, Object> header = KEY.header("RS256");
      header.remove("kid");
      String token = OTHER.sign("RS256", header, CLAIMS);
      assertThat(verify(token)).isEqualTo(new Verdict.KeyUnknown());
    }

    @Test
    @DisplayName("Section 3.2: no kid, and several keys that fit, is refused")
    void withoutNameAmongSeveralAreRefused() {
      Map<String, Object> header = KEY.header("RS256");
      header.remove("kid");
      KeySet two = SigningKey.keySet(KEY, OTHER);
      assertThat(VERIFIER.verify(signed(header), TYPES, two))
          .isEqualTo(new Verdict.Refused(TokenRule.KEY_ID));
    }
  }

  @Test
  @DisplayName("Section 3.2: of several keys with the same name each is tried")
  void keysWithTheSameNameAreAllTried() {
    KeySet twins = SigningKey.keySet(OTHER, KEY);
    assertThat(VERIFIER.verify(signed(KEY.header("RS256")), TYPES, twins))
        .isInstanceOf(Verdict.Accepted.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"EdDSA", "Ed25519"})
  @DisplayName("RFC 8037 and RFC 9864: Ed25519 by either name")
  void ed25519IsVerified(String name) throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] encoded = ((EdECPublicKey) pair.getPublic()).getEncoded();
    String x =
        Base64URL.encode(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length))
            .toString();
    KeySet keys =
        SigningKey.keySet(
            "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"kid\":\"d\","
                + "\"x\":\""
                + x
                + "\"}]}");
    String input =
        SigningKey.part("{\"alg\":\"" + name + "\",\"kid\":\"d\"}")
            + "."
            + SigningKey.part("{\"sub\":\"alice\"}");
    Signature signer = Signature.getInstance("Ed25519");
    signer.initSign(pair.getPrivate());
    signer.update(input.getBytes(StandardCharsets.US_ASCII));
    String token = input + "." + Base64URL.encode(signer.sign());
    TokenVerifier verifier =
        TokenVerifier.of(Providers.with(draft -> draft.algorithms = List.of("EdDSA", "Ed25519")));
    assertThat(verifier.verify(token, TYPES, keys)).isInstanceOf(Verdict.Accepted.class);
    assertThat(VERIFIER.verify(token, TYPES, keys))
        .isEqualTo(new Verdict.Refused(TokenRule.ALGORITHM));
  }
}
