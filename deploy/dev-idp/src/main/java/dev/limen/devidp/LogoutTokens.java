package dev.limen.devidp;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.PlainHeader;
import com.nimbusds.jose.PlainObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes logout tokens with the claims that Keycloak 26.7.3 puts into them, or with a flaw.
 *
 * <p>Invariant: each has a {@code jti} of its own. Source: OpenID Connect Back-Channel Logout 1.0,
 * section 2.4.
 */
final class LogoutTokens {
  /** The member of {@code events} that makes a token a logout token. */
  static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";

  private static final long LIFETIME_SECONDS = 120;
  private static final long AN_HOUR = 3600;
  private static final JOSEObjectType TYPE = new JOSEObjectType("logout+jwt");

  private final Provider provider;

  LogoutTokens(Provider provider) {
    this.provider = provider;
  }

  String token(Sessions.BrowserSession session, String clientId, LogoutFlaw flaw) {
    Map<String, Object> claims = claims(session, clientId);
    spoil(claims, flaw);
    if (flaw == LogoutFlaw.ALG_NONE) {
      return new PlainObject(new PlainHeader.Builder().type(TYPE).build(), new Payload(claims))
          .serialize();
    }
    String token = provider.keys().sign(claims, typeFor(flaw));
    return flaw == LogoutFlaw.BAD_SIGNATURE ? SigningKeys.withBrokenSignature(token) : token;
  }

  private Map<String, Object> claims(Sessions.BrowserSession session, String clientId) {
    long now = provider.nowSeconds();
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", provider.addresses().issuer());
    claims.put("sub", session.user().subject());
    claims.put("aud", clientId);
    claims.put("iat", now);
    claims.put("exp", now + LIFETIME_SECONDS);
    claims.put("jti", UUID.randomUUID().toString());
    claims.put("typ", "Logout");
    claims.put("sid", session.sid());
    claims.put("events", Map.of(EVENT, Map.of()));
    return claims;
  }

  private static @Nullable JOSEObjectType typeFor(LogoutFlaw flaw) {
    return switch (flaw) {
      case NO_TYPE -> null;
      case PLAIN_JWT -> JOSEObjectType.JWT;
      default -> TYPE;
    };
  }

  private void spoil(Map<String, Object> claims, LogoutFlaw flaw) {
    switch (flaw) {
      case NONE, NO_TYPE, PLAIN_JWT, ALG_NONE, BAD_SIGNATURE -> {}
      case SUBJECT_ALONE -> claims.remove("sid");
      case SESSION_ALONE -> claims.remove("sub");
      case WRONG_AUDIENCE -> claims.put("aud", "another-client");
      case WRONG_ISSUER -> claims.put("iss", Provider.WRONG_ISSUER);
      case EXPIRED -> {
        claims.put("iat", provider.nowSeconds() - AN_HOUR);
        claims.put("exp", provider.nowSeconds() - AN_HOUR + LIFETIME_SECONDS);
      }
      case NO_JWT_ID -> claims.remove("jti");
      case NO_EVENTS -> claims.remove("events");
      case EVENT_NOT_AN_OBJECT -> claims.put("events", Map.of(EVENT, "yes"));
      case NONCE -> claims.put("nonce", "a-nonce");
      case NOBODY -> {
        claims.remove("sub");
        claims.remove("sid");
      }
    }
  }
}
