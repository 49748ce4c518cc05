package dev.limen.authz;

import dev.limen.oidc.Claims;
import dev.limen.session.Session;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The claims of a session's ID token, read when the first rule or header asks for one.
 *
 * <p>Invariant: the token was accepted at the login or at the last refresh. Confined to one check.
 */
final class SessionClaims implements CallerClaims {
  private final Session session;
  private @Nullable Claims claims;
  private boolean read;

  SessionClaims(Session session) {
    this.session = session;
  }

  @Override
  public List<String> texts(String dottedName) {
    Claims known = claims();
    return known == null ? List.of() : known.texts(dottedName);
  }

  @Override
  public boolean isTrue(String name) {
    Claims known = claims();
    return known != null && known.isTrue(name);
  }

  private @Nullable Claims claims() {
    if (!read) {
      claims = Claims.ofAccepted(session.tokens().idToken());
      read = true;
    }
    return claims;
  }
}
