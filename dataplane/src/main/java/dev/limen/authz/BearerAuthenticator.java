package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.check.Reason;
import dev.limen.oidc.BearerOutcome;
import dev.limen.oidc.BearerTokens;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Finds out who stands behind a bearer token.
 *
 * <p>Invariant: a request that carries a token is judged by that token alone; whatever is wrong
 * with it, no session is asked instead. Safe for all threads.
 */
final class BearerAuthenticator {
  private final BearerTokens tokens;

  BearerAuthenticator(BearerTokens tokens) {
    this.tokens = tokens;
  }

  /** Whether {@code request} carries a bearer token, or two. */
  static boolean isMeant(CheckRequest request) {
    return AuthorizationField.bearer(request) != Span.ABSENT;
  }

  /** Who stands behind {@code check}; never completes exceptionally. */
  CompletionStage<Authentication> authenticate(Check check) {
    CheckRequest request = check.request();
    long span = AuthorizationField.bearer(request);
    if (!Span.isPresent(span)) {
      boolean ambiguous = span == Span.AMBIGUOUS;
      return CompletableFuture.completedFuture(
          new Authentication.Nobody(ambiguous ? Reason.BEARER_AMBIGUOUS : Reason.NO_BEARER));
    }
    String token = request.text(span);
    return tokens
        .verify(token, check.nowMillis())
        .thenApply(outcome ->
            switch (outcome) {
              case BearerOutcome.Accepted accepted ->
                  new Authentication.ByBearer(
                      new Caller(
                          accepted.identity(),
                          accepted.scopes(),
                          TokenClaims.of(accepted.claims())),
                      token);
              case BearerOutcome.Refused refused -> new Authentication.Refused(refused.reason());
              case BearerOutcome.Unavailable unavailable ->
                  new Authentication.Unknown(unavailable.reason());
            });
  }
}
