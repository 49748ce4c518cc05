package dev.limen.oidc;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import dev.limen.config.ProviderConfig;
import dev.limen.oidc.IdTokenValidator.Occasion;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.security.SignatureException;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Any bytes as a token: accepted is what the provider's key signed, to the letter, and what a slow
 * reader of JSON and of the rules accepts; nothing else is, what is read says the same to both, and
 * no exception escapes.
 *
 * <p>With a line feed in it, an input is a header and a payload, which the key signs; without one
 * it is a token as it stands.
 */
@NullMarked
class TokenFuzz {
  /** RFC 7515, appendix A.3. */
  private static final String KEY =
      """
      {"kty":"EC","crv":"P-256","kid":"k1",
       "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
       "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
       "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}
      """;

  /** RFC 8037, appendix A.2: of another kind, and it signs nothing here. */
  private static final String OTHER_KEY =
      """
      {"kty":"OKP","crv":"Ed25519","kid":"e1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
      """;

  /**
   * What gson counts such an integer by overflows, and where that comes to zero it sees a leading
   * zero (its {@code JsonReader.peekNumber}). RFC 8259, section 6, allows a limit; no date is near.
   */
  private static final Pattern LONG_INTEGER = Pattern.compile("[0-9]{65}");

  private static final String ECDSA = "SHA256withECDSAinP1363Format";
  private static final KeyPair PAIR = pair();
  private static final KeySet KEYS =
      SigningKey.keySet("{\"keys\":[" + KEY + "," + OTHER_KEY + "]}");
  private static final List<String> ALGORITHMS = List.of("ES256", "EdDSA", "RS256");

  private static final ProviderConfig PROVIDER =
      Providers.with(draft -> draft.algorithms = ALGORITHMS);
  private static final IdTokenValidator ID_TOKENS =
      new IdTokenValidator(PROVIDER, TokenVerifier.of(PROVIDER));
  private static final AccessTokenValidator ACCESS_TOKENS = accessTokens();
  private static final Identities IDENTITIES = Identities.of(PROVIDER);

  private static final Occasion LOGIN =
      new Occasion.Login(new SentRequest(SlowTokenRules.NONCE, SentRequest.NO_MAX_AGE));

  private static AccessTokenValidator accessTokens() {
    BearerFixture.Draft draft = new BearerFixture.Draft();
    draft.algorithms = ALGORITHMS;
    return new AccessTokenValidator(draft.build());
  }

  @FuzzTest
  void aSlowReaderAgrees(byte[] input) {
    int line = latin1(input).indexOf('\n');
    if (line < 0) {
      agree(latin1(input), slow(latin1(input)));
      return;
    }
    byte[] header = Arrays.copyOf(input, line);
    byte[] payload = Arrays.copyOfRange(input, line + 1, input.length);
    boolean isHeader = isSameObject(header);
    boolean isPayload = isSameObject(payload);
    // A signature is most of a run's time, and what is no object is refused with any.
    if (isHeader && isPayload) {
      agree(signed(header, payload), slow(header, payload));
    }
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Whether this is an object, to both readers the same. */
  private static boolean isSameObject(byte[] json) {
    JsonObject object = JsonObject.parse(json);
    Map<String, @Nullable Object> expected = SlowJson.object(json);
    boolean mayBeRefused = LONG_INTEGER.matcher(latin1(json)).find();
    require(
        (object == null) == (expected == null) || (object == null && mayBeRefused),
        "what is an object");
    if (object == null || expected == null) {
      return false;
    }
    require(object.names().equals(expected.keySet()), "the names");
    expected.forEach((name, value) -> requireSame(object, name, value));
    return true;
  }

  private static void requireSame(JsonObject object, String name, @Nullable Object value) {
    Double number = value instanceof Double some && Math.abs(some) <= 1e12 ? some : null;
    Long seconds = number == null ? null : Long.valueOf((long) Math.floor(number));
    require(object.has(name) == (value != null), "whether a member is there");
    require(Objects.equals(object.text(name), value instanceof String ? value : null), "a text");
    require(object.isTrue(name) == Boolean.TRUE.equals(value), "whether a member is true");
    require(Objects.equals(object.seconds(name), seconds), "a date");
    require((object.object(name) != null) == value instanceof Map, "whether a member is an object");
    object.plainTexts(name);
    object.objectsAmong(name);
  }

  private static void agree(String token, @Nullable SlowTokenRules rules) {
    long now = SlowTokenRules.NOW * 1000;
    Verdict asIdToken = ID_TOKENS.validate(token, SlowTokenRules.ACCESS_TOKEN, LOGIN, KEYS, now);
    Verdict asAccessToken = ACCESS_TOKENS.validate(token, KEYS, now);
    requireSame(asIdToken, rules != null && rules.isIdToken());
    requireSame(asAccessToken, rules != null && rules.isAccessToken());
  }

  private static void requireSame(Verdict verdict, boolean accepted) {
    require(accepted == verdict instanceof Verdict.Accepted, verdict + ", expected " + accepted);
    if (verdict instanceof Verdict.Accepted(_, Signer signer, JsonObject claims)) {
      require(signer.key().equals(PAIR.getPublic()), "another key");
      IDENTITIES.of(claims, KeycloakRoles.in(claims));
      AccessTokenValidator.scopes(claims);
    }
  }

  /** The token's header and claims, if each part has its one spelling and the key signed them. */
  private static @Nullable SlowTokenRules slow(String token) {
    String[] parts = token.split("\\.", -1);
    byte[] header = parts.length == 3 ? decoded(parts[0]) : null;
    byte[] payload = parts.length == 3 ? decoded(parts[1]) : null;
    byte[] signature = parts.length == 3 ? decoded(parts[2]) : null;
    return header != null
            && payload != null
            && signature != null
            && isSigned(parts[0] + "." + parts[1], signature)
        ? slow(header, payload)
        : null;
  }

  private static @Nullable SlowTokenRules slow(byte[] header, byte[] payload) {
    Map<String, @Nullable Object> read = SlowJson.object(header);
    Map<String, @Nullable Object> claims = SlowJson.object(payload);
    return read != null && claims != null ? new SlowTokenRules(read, claims) : null;
  }

  private static byte @Nullable [] decoded(String part) {
    try {
      byte[] decoded = Base64.getUrlDecoder().decode(part);
      return encoded(decoded).equals(part) ? decoded : null;
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String signed(byte[] header, byte[] payload) {
    String input = encoded(header) + "." + encoded(payload);
    try {
      Signature signer = Signature.getInstance(ECDSA);
      signer.initSign(PAIR.getPrivate());
      signer.update(input.getBytes(StandardCharsets.US_ASCII));
      return input + "." + encoded(signer.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isSigned(String input, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(ECDSA);
      verifier.initVerify(PAIR.getPublic());
      verifier.update(input.getBytes(StandardCharsets.US_ASCII));
      return verifier.verify(signature);
    } catch (SignatureException _) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair pair() {
    try {
      return ECKey.parse(KEY).toKeyPair();
    } catch (ParseException | JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
