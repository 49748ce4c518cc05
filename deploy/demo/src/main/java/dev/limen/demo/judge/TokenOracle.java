package dev.limen.demo.judge;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.limen.demo.run.Loopback;
import dev.limen.demo.run.Ports;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** Verifies tokens against the keys that the provider publishes on its own port. */
final class TokenOracle {
  /**
   * How a JWT's header begins in base64url, be its first member alg, typ or kid. Ten characters are
   * not met by chance among sealed bytes; the three that all of them share would be, once in 16
   * million places.
   */
  static final List<String> JWT_BEGINNINGS = List.of("eyJhbGciOi", "eyJ0eXAiOi", "eyJraWQiOi");

  private static final String CERTS = "/realms/limen/protocol/openid-connect/certs";
  private static final Duration SKEW = Duration.ofSeconds(5);

  private final String issuer;
  private final Loopback provider = new Loopback(Ports.PROVIDER);

  TokenOracle(String issuer) {
    this.issuer = issuer;
  }

  /** The claims of a token whose signature, issuer, audience and times hold. */
  JWTClaimsSet verified(String token, String which) throws IOException {
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      JWK key = JWKSet.parse(provider.get(CERTS).text()).getKeyByKeyId(jwt.getHeader().getKeyID());
      StepFailed.expect(key instanceof AsymmetricJWK, which + " signed by a published key", "none");
      JWSVerifier verifier =
          new DefaultJWSVerifierFactory()
              .createJWSVerifier(jwt.getHeader(), ((AsymmetricJWK) key).toPublicKey());
      StepFailed.expect(jwt.verify(verifier), which + " with a good signature", "a bad one");
      JWTClaimsSet claims = jwt.getJWTClaimsSet();
      check(claims, which);
      return claims;
    } catch (ParseException | JOSEException notOne) {
      throw new StepFailed(which + ", a signed JWT", "something else");
    }
  }

  private void check(JWTClaimsSet claims, String which) {
    StepFailed.expect(
        issuer.equals(claims.getIssuer()), which + " of issuer " + issuer, claims.getIssuer());
    StepFailed.expect(
        claims.getAudience().contains("limen"), which + " for limen", claims.getAudience());
    Date expires = claims.getExpirationTime();
    StepFailed.expect(
        expires != null && expires.toInstant().isAfter(Instant.now().minus(SKEW)),
        which + " that has not expired",
        "expired or without exp");
  }

  static boolean hasRole(JWTClaimsSet claims, String role) {
    return claims.getClaim("realm_access") instanceof Map<?, ?> access
        && access.get("roles") instanceof List<?> roles
        && roles.contains(role);
  }
}
