package dev.limen.oidc;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * The rules for tokens, said once more as one condition each; the oracle of {@link TokenFuzz}.
 *
 * <p>Invariant: shares no code with the validators; {@link SlowJson} reads the JSON.
 *
 * @param header of a token whose signature holds
 * @param claims of the same token
 */
@NullMarked
record SlowTokenRules(Map<String, @Nullable Object> header, Map<String, @Nullable Object> claims) {
  static final long NOW = 1_800_000_000L;
  static final String ISSUER = "https://id.example/realms/limen";
  static final String CLIENT = "limen";
  static final String AUDIENCE = "orders";
  static final String NONCE = "n-0S6_WzA2Mj";
  static final String ACCESS_TOKEN = "an-access-token";

  private static final Set<String> REFUSED =
      Set.of("jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc", "epk", "p2c", "p2s", "cty");

  /** Whether it says at a login who somebody is. */
  boolean isIdToken() {
    return isOurKeys(Set.of("jwt"))
        && ISSUER.equals(claims.get("iss"))
        && audiences().contains(CLIENT)
        && (isAbsent("azp") ? audiences().size() == 1 : CLIENT.equals(claims.get("azp")))
        && isPerson()
        && isInTime()
        && seconds("iat") >= NOW - 630
        && isAbsent("events")
        && (isAbsent("typ") || "ID".equals(claims.get("typ")))
        && NONCE.equals(claims.get("nonce"))
        && (isAbsent("at_hash") || halfHash().equals(claims.get("at_hash")));
  }

  /** Whether a request may carry it as its bearer token. */
  boolean isAccessToken() {
    boolean saysSo =
        "Bearer".equals(claims.get("typ"))
            || (isAbsent("typ") && "at+jwt".equals(type()))
            || Stream.of("typ", "nonce", "at_hash", "c_hash").allMatch(this::isAbsent);
    return isOurKeys(Set.of("jwt", "at+jwt"))
        && ISSUER.equals(claims.get("iss"))
        && saysSo
        && isAbsent("events")
        && isAbsent("cnf")
        && audiences().contains(AUDIENCE)
        && isPerson()
        && isInTime();
  }

  /** The header is one for the key {@code k1}, of ES256. */
  private boolean isOurKeys(Set<String> types) {
    Object keyId = header.get("kid");
    return header.keySet().stream().noneMatch(REFUSED::contains)
        && types.contains(type())
        && "ES256".equals(header.get("alg"))
        && (keyId == null || keyId.equals("k1"));
  }

  private String type() {
    Object type = header.get("typ");
    return type == null
        ? "jwt"
        : type instanceof String text
            ? text.toLowerCase(Locale.ROOT).replaceFirst("^application/", "")
            : "";
  }

  private boolean isAbsent(String name) {
    return claims.get(name) == null;
  }

  /** One string or several; none, if anything else stands among them. */
  private List<?> audiences() {
    Object audience = claims.get("aud");
    List<?> all = audience instanceof List<?> list ? list : Arrays.asList(audience);
    return all.stream().allMatch(String.class::isInstance) ? all : List.of();
  }

  private boolean isPerson() {
    return claims.get("sub") instanceof String subject
        && subject.matches("(?s).{1,255}")
        && subject.length() <= 255
        && !subject.matches("(?s).*[\\x00-\\x1f\\x7f-\\x9f].*")
        && subject.codePoints().noneMatch(point -> point >= 0xd800 && point <= 0xdfff);
  }

  private boolean isInTime() {
    return seconds("exp") > NOW - 30
        && seconds("iat") <= NOW + 30
        && (isAbsent("nbf") || seconds("nbf") <= NOW + 30);
  }

  /** Whole seconds; what no comparison holds for, if it is no date. */
  private double seconds(String name) {
    return claims.get(name) instanceof Double number && Math.abs(number) <= 1e12
        ? Math.floor(number)
        : Double.NaN;
  }

  private static String halfHash() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(ACCESS_TOKEN.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 16));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
