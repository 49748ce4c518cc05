package dev.limen.authz;

import dev.limen.oidc.Claims;
import dev.limen.session.Session;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The claims of an accepted token, read when the first rule or header asks for one.
 *
 * <p>Invariant: the token was accepted: at the login, at the last refresh, or with this very check.
 * Confined to one check.
 */
final class TokenClaims implements CallerClaims {
  private final Supplier<@Nullable Claims> token;
  private @Nullable Claims claims;
  private boolean isRead;

  private TokenClaims(Supplier<@Nullable Claims> token) {
    this.token = token;
  }

  /** The claims of a session's ID token. */
  static TokenClaims of(Session session) {
    return new TokenClaims(() -> Claims.ofAccepted(session.tokens().idToken()));
  }

  /** The claims of a bearer token. */
  static TokenClaims of(Claims claims) {
    return new TokenClaims(() -> claims);
  }

  @Override
  public List<String> texts(String dottedName) {
    Claims known = claims();
    return known == null ? List.of() : known.plainTexts(dottedName);
  }

  @Override
  public boolean isTrue(String name) {
    Claims known = claims();
    return known != null && known.isTrue(name);
  }

  private @Nullable Claims claims() {
    if (!isRead) {
      claims = token.get();
      isRead = true;
    }
    return claims;
  }
}
