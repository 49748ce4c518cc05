package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.oidc.LogoutOutcome;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.RevocationScope;
import dev.limen.session.Revocations;
import dev.limen.session.SpentTokens;
import dev.limen.session.TokenMark;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A provider says that a session has ended, and it ends here.
 *
 * <pre>
 *   form ── one logout_token? ── whose? ── every rule? ── not used before?
 *        ── revoke ── note that it is used ── 200
 * </pre>
 *
 * <p>Invariant: 200 only once the sessions are gone for every replica, or never were; what cannot
 * be told now is 503, so that the provider sends it again. A token is noted as used after its
 * revocation and not before: else one whose revocation failed would be refused the second time.
 * Source: OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8. Safe for all threads.
 */
final class BackChannelLogout {
  private static final String JSON = "application/json";

  private final List<OpenIdProvider> providers;
  private final Revocations revocations;
  private final SpentTokens spentTokens;

  /** Takes logout tokens of {@code providers}. */
  BackChannelLogout(
      List<OpenIdProvider> providers, Revocations revocations, SpentTokens spentTokens) {
    this.providers = List.copyOf(providers);
    this.revocations = revocations;
    this.spentTokens = spentTokens;
  }

  /**
   * Answers a provider, or whoever says that he is one.
   *
   * @param form the body, or null if it is no form
   */
  CompletionStage<Decision> answer(@Nullable String form, long nowMillis) {
    QueryString parameters = form == null ? null : QueryString.parse(form);
    String token = parameters == null ? null : parameters.single("logout_token");
    if (token == null) {
      return done(refused("one logout_token in a form is expected"));
    }
    String issuer = OpenIdProvider.issuerNamedIn(token);
    List<OpenIdProvider> candidates =
        providers.stream().filter(each -> each.issuer().equals(issuer)).toList();
    if (candidates.isEmpty()) {
      return done(refused("the logout token names no issuer whose logout tokens are taken here"));
    }
    return judged(token, candidates)
        .thenCompose(outcome -> after(outcome, nowMillis))
        .exceptionally(trouble -> new Decision.Unavailable(Trouble.reasonOf(trouble)));
  }

  /** By the first whose token it is; as a rule there is one that has this issuer. */
  private static CompletionStage<LogoutOutcome> judged(
      String token, List<OpenIdProvider> candidates) {
    List<OpenIdProvider> others = candidates.subList(1, candidates.size());
    return candidates
        .getFirst()
        .judgeLogout(token)
        .thenCompose(outcome ->
            outcome instanceof LogoutOutcome.Refused && !others.isEmpty()
                ? judged(token, others)
                : CompletableFuture.completedFuture(outcome));
  }

  private CompletionStage<Decision> after(LogoutOutcome outcome, long nowMillis) {
    return switch (outcome) {
      case LogoutOutcome.Refused(String rule) ->
          done(refused("the logout token breaks a rule: " + rule));
      case LogoutOutcome.Unavailable(Reason reason) -> done(new Decision.Unavailable(reason));
      case LogoutOutcome.Accepted accepted -> unlessSpent(accepted, nowMillis);
    };
  }

  private CompletionStage<Decision> unlessSpent(LogoutOutcome.Accepted accepted, long nowMillis) {
    TokenMark mark = TokenMark.of(accepted.issuer(), accepted.tokenId());
    return spentTokens
        .isSpent(mark)
        .thenCompose(isSpent ->
            isSpent
                ? done(replayed())
                : revocations
                    .revoke(scope(accepted))
                    .thenCompose(
                        _ -> spentTokens.spend(mark, accepted.judgeableUntilMillis(), nowMillis))
                    .thenApply(isFirst -> isFirst ? loggedOut() : replayed()));
  }

  /** The one session, where it is named; else all of the person's (section 2.4). */
  private static RevocationScope scope(LogoutOutcome.Accepted accepted) {
    String providerSession = accepted.providerSession();
    String subject = accepted.subject();
    if (providerSession != null) {
      return new RevocationScope.ProviderSession(accepted.issuer(), providerSession);
    }
    if (subject == null) {
      throw new IllegalStateException("a logout token is about somebody");
    }
    return new RevocationScope.User(accepted.issuer(), subject);
  }

  private static Decision loggedOut() {
    return page(200, "{}", Reason.LOGGED_OUT_BY_PROVIDER);
  }

  private static Decision replayed() {
    return refused("the logout token was used before");
  }

  /** Section 2.8. */
  private static Decision refused(String why) {
    return page(
        400,
        "{\"error\":\"invalid_request\",\"error_description\":\"" + why + "\"}",
        Reason.LOGOUT_TOKEN_REFUSED);
  }

  private static Decision page(int status, String body, Reason reason) {
    return new Decision.Page(status, JSON, body, List.of(), reason);
  }

  private static CompletionStage<Decision> done(Decision decision) {
    return CompletableFuture.completedFuture(decision);
  }
}
