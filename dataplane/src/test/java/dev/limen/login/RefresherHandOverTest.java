package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.oidc.TokenOutcome;
import dev.limen.session.Session;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A new configuration does not present a token that is on its way already. */
class RefresherHandOverTest {
  private static final long EXPIRED = SessionFixture.NOW + 60_000;

  private final SessionFixture fixture = new SessionFixture();

  @Test
  @DisplayName("I2: what is under way when the configuration changes is joined, not begun again")
  void aFlightThatIsUnderWayIsJoinedByTheNextGeneration() {
    CompletableFuture<TokenOutcome> answer = new CompletableFuture<>();
    AtomicInteger presented = new AtomicInteger();
    Refresher before =
        new Refresher(
            (_, _) -> {
              presented.incrementAndGet();
              return answer;
            },
            fixture.steps,
            fixture.config,
            fixture.metrics,
            Refresher.Limits.STANDARD);
    Refresher after = before.with(Map.of(), fixture.sessions, fixture.config);
    Session session = fixture.create();
    CompletableFuture<RefreshResult> one = before.refresh(session, EXPIRED).toCompletableFuture();
    CompletableFuture<RefreshResult> other = after.refresh(session, EXPIRED).toCompletableFuture();
    assertThat(other).isNotDone();
    answer.complete(
        new TokenOutcome.Granted(SessionFixture.alice(), SessionFixture.tokens(2, EXPIRED)));
    assertThat(one.join()).isInstanceOf(RefreshResult.Renewed.class);
    assertThat(other.join()).isInstanceOf(RefreshResult.Renewed.class);
    assertThat(presented).hasValue(1);
    assertThat(after.underWay()).isZero();
  }
}
