package dev.limen.login;

import dev.limen.bytes.Span;
import dev.limen.check.Reason;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.Sessions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The sessions whose cookies a request carries: one as a rule, none, or, where somebody planted
 * one, several.
 *
 * <p>Invariant: a session is found only where there is exactly one; ended are all of them.
 * Immutable.
 */
final class CarriedSessions {
  private final Sessions sessions;
  private final List<SessionSecret> secrets;
  private final Reason reasonForNone;

  private CarriedSessions(Sessions sessions, List<SessionSecret> secrets, Reason reasonForNone) {
    this.sessions = sessions;
    this.secrets = secrets;
    this.reasonForNone = reasonForNone;
  }

  static CarriedSessions of(RequestCookies cookies, SessionCookie cookie, Sessions sessions) {
    List<SessionSecret> secrets = new ArrayList<>(1);
    Reason reason = Reason.NO_SESSION;
    for (String value : cookies.sessionValues()) {
      byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
      long span = Span.of(0, bytes.length);
      SessionSecret secret = cookie.parse(bytes, span);
      if (secret != null) {
        secrets.add(secret);
      }
      reason =
          reason == Reason.NO_SESSION
              ? cookie.refusal(bytes, span)
              : Reason.SESSION_COOKIE_AMBIGUOUS;
    }
    return new CarriedSessions(sessions, List.copyOf(secrets), reason);
  }

  /** Whether no cookie of the request can be a session's. */
  boolean isEmpty() {
    return secrets.isEmpty();
  }

  /** What they are filed under. */
  List<SessionKey> keys() {
    return secrets.stream().map(SessionSecret::key).toList();
  }

  /** The one session, or why there is none; exceptional when nobody knows. */
  CompletionStage<SessionLookup> find(long nowMillis) {
    boolean one = secrets.size() == 1 && reasonForNone != Reason.SESSION_COOKIE_AMBIGUOUS;
    return one
        ? sessions.find(secrets.getFirst(), nowMillis)
        : CompletableFuture.completedFuture(new SessionLookup.None(reasonForNone));
  }

  /** Ends every one of them; exceptional if the store refuses. */
  CompletionStage<@Nullable Void> end() {
    CompletableFuture<?>[] endings =
        secrets.stream()
            .map(secret -> sessions.end(secret.key()).toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(endings).<@Nullable Void>thenApply(_ -> null);
  }
}
