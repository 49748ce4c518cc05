package dev.limen.devidp;

import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.openid.connect.sdk.claims.AccessTokenHash;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Makes access and ID tokens with the claims that Keycloak 26.7.3 puts into them.
 *
 * <p>Invariant: an access token names the clients that mappers name and never, by itself, the one
 * that asked; an ID token is for the client that asked. Only the ID token of a login has a nonce.
 */
final class Tokens {
  private static final long AN_HOUR = 3600;

  private final Provider provider;

  Tokens(Provider provider) {
    this.provider = provider;
  }

  String accessToken(Sessions.Grant grant) {
    Client client = grant.client();
    User user = grant.browser().user();
    Map<String, Object> claims = common(grant, "onrtac:" + UUID.randomUUID());
    List<String> audiences = new ArrayList<>(client.accessTokenAudiences());
    if (!user.accountRoles().isEmpty()) {
      audiences.add("account");
      claims.put("resource_access", Map.of("account", Map.of("roles", user.accountRoles())));
    }
    putAudience(claims, audiences);
    claims.put("typ", "Bearer");
    claims.put("realm_access", Map.of("roles", user.realmRoles()));
    claims.put("scope", grant.scope());
    putProfile(claims, user);
    for (ProtocolMapper mapper : client.mappers()) {
      if (mapper instanceof ProtocolMapper.Groups groups && groups.inAccessToken()) {
        claims.put(groups.claim(), names(groups, user));
      }
    }
    return provider.keys().sign(claims);
  }

  String idToken(Sessions.Grant grant, String accessToken, Strikes strikes) {
    Client client = grant.client();
    User user = grant.browser().user();
    Map<String, Object> claims = common(grant, UUID.randomUUID().toString());
    List<String> audiences = new ArrayList<>(List.of(client.clientId()));
    audiences.addAll(client.idTokenAudiences());
    putAudience(claims, audiences.stream().distinct().toList());
    claims.put("typ", "ID");
    claims.put(
        "at_hash",
        AccessTokenHash.compute(
                new BearerAccessToken(accessToken), provider.keys().algorithm(), null)
            .getValue());
    putProfile(claims, user);
    for (ProtocolMapper mapper : client.mappers()) {
      if (mapper instanceof ProtocolMapper.Groups groups && groups.inIdToken()) {
        claims.put(groups.claim(), names(groups, user));
      }
    }
    String nonce = grant.nonce();
    if (nonce != null) {
      claims.put("nonce", strikes.strike(Fault.WRONG_NONCE) ? "wrong-nonce" : nonce);
    }
    spoil(claims, strikes);
    String token = provider.keys().sign(strikes.changed(claims));
    return strikes.changed(
        strikes.strike(Fault.BAD_SIGNATURE) ? SigningKeys.withBrokenSignature(token) : token);
  }

  private void spoil(Map<String, Object> claims, Strikes strikes) {
    if (strikes.strike(Fault.WRONG_ISSUER)) {
      claims.put("iss", Provider.WRONG_ISSUER);
    }
    if (strikes.strike(Fault.WRONG_AUDIENCE)) {
      claims.put("aud", "another-client");
    }
    if (strikes.strike(Fault.EXPIRED_ID_TOKEN)) {
      claims.put("iat", provider.nowSeconds() - 2 * AN_HOUR);
      claims.put("exp", provider.nowSeconds() - AN_HOUR);
    }
    if (strikes.strike(Fault.WRONG_SUBJECT_ON_REFRESH)) {
      claims.put("sub", "somebody-else");
    }
  }

  /** What UserInfo says of the person behind an access token. */
  static Map<String, Object> userInfo(User user, Client client) {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("sub", user.subject());
    putProfile(claims, user);
    for (ProtocolMapper mapper : client.mappers()) {
      if (mapper instanceof ProtocolMapper.Groups groups && groups.inUserInfo()) {
        claims.put(groups.claim(), names(groups, user));
      }
    }
    return claims;
  }

  private Map<String, Object> common(Sessions.Grant grant, String jwtId) {
    long now = provider.nowSeconds();
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("exp", now + provider.realm().accessTokenLifetime().toSeconds());
    claims.put("iat", now);
    claims.put("auth_time", grant.browser().authenticatedAt().getEpochSecond());
    claims.put("jti", jwtId);
    claims.put("iss", provider.addresses().issuer());
    claims.put("sub", grant.browser().user().subject());
    claims.put("azp", grant.client().clientId());
    claims.put("sid", grant.browser().sid());
    claims.put("acr", grant.fromSso() ? "0" : "1");
    return claims;
  }

  /** One audience is a text, several are a list, none is no claim (RFC 7519, section 4.1.3). */
  private static void putAudience(Map<String, Object> claims, List<String> audiences) {
    if (audiences.size() == 1) {
      claims.put("aud", audiences.getFirst());
    } else if (!audiences.isEmpty()) {
      claims.put("aud", audiences);
    }
  }

  private static void putProfile(Map<String, Object> claims, User user) {
    User.Profile profile = user.profile();
    claims.put("email_verified", profile.emailVerified());
    putIfSaid(claims, "name", profile.fullName());
    claims.put("preferred_username", user.username());
    putIfSaid(claims, "given_name", profile.firstName());
    putIfSaid(claims, "family_name", profile.lastName());
    putIfSaid(claims, "email", profile.email());
  }

  private static void putIfSaid(Map<String, Object> claims, String name, String value) {
    if (!value.isEmpty()) {
      claims.put(name, value);
    }
  }

  private static List<String> names(ProtocolMapper.Groups mapper, User user) {
    return user.groups().stream()
        .map(path -> mapper.fullPath() ? path : path.substring(path.lastIndexOf('/') + 1))
        .toList();
  }
}
