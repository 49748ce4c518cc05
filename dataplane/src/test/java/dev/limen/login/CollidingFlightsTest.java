package dev.limen.login;

import static dev.limen.session.SessionFixtures.present;
import static dev.limen.session.SessionFixtures.renewed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.oidc.TokenOutcome;
import dev.limen.session.SealedSession;
import dev.limen.session.Session;
import dev.limen.session.SessionSecret;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Two sessions whose keys share a short hash, and that are renewed at the same time. */
final class CollidingFlightsTest {
  private static final long EXPIRED = SessionFixture.NOW + 60_000;

  private final SessionFixture fixture = new SessionFixture();
  private final Map<String, CompletableFuture<TokenOutcome>> requests = new LinkedHashMap<>();
  private final Refresher refresher =
      new Refresher(
          (session, _) ->
              requests.computeIfAbsent(
                  session.tokens().accessToken(), _ -> new CompletableFuture<>()),
          new RefreshSteps(fixture.sessions),
          fixture.config,
          fixture.metrics,
          Refresher.Limits.STANDARD);

  /** Stored, with tokens of this number, under the secret made from {@code seed}. */
  private Session stored(int seed, int number) {
    SessionSecret secret = SessionSecret.of(ByteBuffer.allocate(32).putInt(seed).array());
    Session before =
        new Session(
            secret,
            SessionFixture.alice(),
            SessionFixture.tokens(number, SessionFixture.NOW),
            1,
            1,
            SessionFixture.NOW,
            Long.MAX_VALUE,
            SessionFixture.NOW);
    byte[] empty = new byte[0];
    fixture.memory.create(
        new SealedSession(secret.key(), empty, empty, 1, 1, Long.MAX_VALUE, SessionFixture.NOW));
    return present(
        renewed(fixture.sessions, before, before.tokens(), before.identity(), SessionFixture.NOW));
  }

  /** Of counted secrets these are the first whose keys collide in 32 bits. */
  @Test
  @DisplayName(
      "A73 two sessions whose keys share a short hash are each renewed by their own flight")
  void eachIsRenewedByItsOwnFlight() {
    Session one = stored(38_405, 1);
    Session other = stored(145_826, 2);
    assertThat(one.key()).hasSameHashCodeAs(other.key()).isNotEqualTo(other.key());

    var first = refresher.refresh(one, EXPIRED).toCompletableFuture();
    var second = refresher.refresh(other, EXPIRED).toCompletableFuture();
    assertThat(requests).containsOnlyKeys("access-1", "access-2");
    for (int number : new int[] {2, 1}) {
      TokenOutcome granted =
          new TokenOutcome.Granted(
              SessionFixture.alice(), SessionFixture.tokens(10 + number, EXPIRED));
      Objects.requireNonNull(requests.get("access-" + number)).complete(granted);
    }
    assertThat(first.join())
        .isInstanceOfSatisfying(
            RefreshResult.Renewed.class,
            renewed -> assertThat(renewed.session().tokens().accessToken()).isEqualTo("access-11"));
    assertThat(second.join())
        .isInstanceOfSatisfying(
            RefreshResult.Renewed.class,
            renewed -> assertThat(renewed.session().tokens().accessToken()).isEqualTo("access-12"));
  }
}
