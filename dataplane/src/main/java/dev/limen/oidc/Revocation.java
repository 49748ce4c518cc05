package dev.limen.oidc;

import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Counter;
import java.net.URI;

/**
 * Tells a provider that a refresh token is not used any more.
 *
 * <p>Invariant: the token is sent once, within {@code timeouts.token}, to an address of the
 * provider's metadata; whatever comes of it is counted and changes nothing else. Source: RFC 7009.
 *
 * <p>Its methods wait: for virtual threads only. Safe for all threads.
 */
final class Revocation {
  private final ProviderConfig config;
  private final TokenEndpoint endpoint;
  private final ProviderKnowledge knowledge;
  private final Counter requests;

  Revocation(
      ProviderConfig config,
      TokenEndpoint endpoint,
      ProviderKnowledge knowledge,
      Counter requests) {
    this.config = config;
    this.endpoint = endpoint;
    this.knowledge = knowledge;
    this.requests = requests;
  }

  void revoke(String refreshToken) {
    ProviderMetadata metadata = knowledge.metadata();
    URI at = metadata == null ? null : metadata.revocationEndpoint();
    if (at == null || !config.logout().revokeTokens()) {
      return;
    }
    Answer answer = endpoint.revoke(at, refreshToken);
    requests.increment(config.id(), "revocation", outcomeOf(answer).label());
  }

  /** Section 2.2: status 200, also for a token that it does not know (any more). */
  private static Outcome outcomeOf(Answer answer) {
    return switch (answer.status()) {
      case 200 -> Outcome.OK;
      case 401 -> Outcome.CLIENT_REFUSED;
      case 400 -> Outcome.ERROR_ANSWER;
      default -> answer.outcome();
    };
  }
}
