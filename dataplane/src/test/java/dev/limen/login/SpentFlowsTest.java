package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.oidc.SentRequest;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One token request for each login. */
@DisplayName("A54: a callback that comes again")
final class SpentFlowsTest {
  private static final Decision REDEEMED = new Decision.Deny(400, Reason.SIGNED_IN);
  private static final Decision SPENT = new Decision.Deny(400, Reason.FLOW_UNKNOWN);

  private final SpentFlows flows = new SpentFlows(2);
  private final AtomicInteger redeemed = new AtomicInteger();
  private final CompletableFuture<Decision> provider = new CompletableFuture<>();

  private static Flow flow(String seed) {
    return new Flow(
        "abcdef", "main", seed.getBytes(StandardCharsets.US_ASCII), "/", 0, SentRequest.NO_MAX_AGE);
  }

  private CompletableFuture<Decision> arrive(Flow flow) {
    return flows
        .once(flow, this::redeem, () -> CompletableFuture.completedFuture(SPENT))
        .toCompletableFuture();
  }

  private CompletionStage<Decision> redeem() {
    redeemed.incrementAndGet();
    return provider;
  }

  @Test
  void joinsTheTokenRequestThatIsUnderWayAndGetsItsVeryAnswer() {
    CompletableFuture<Decision> first = arrive(flow("a"));
    CompletableFuture<Decision> second = arrive(flow("a"));
    assertThat(second).isNotDone();
    provider.complete(REDEEMED);
    assertThat(first).isCompletedWithValue(REDEEMED);
    assertThat(second).isCompletedWithValue(REDEEMED);
    assertThat(redeemed).hasValue(1);
  }

  @Test
  void isSpentAfterwards() {
    provider.complete(REDEEMED);
    assertThat(arrive(flow("a"))).isCompletedWithValue(REDEEMED);
    assertThat(arrive(flow("a"))).isCompletedWithValue(SPENT);
    assertThat(redeemed).hasValue(1);
  }

  @Test
  void isSpentEvenIfTheTokenRequestBroke() {
    provider.completeExceptionally(new IllegalStateException());
    assertThat(arrive(flow("a"))).isCompletedExceptionally();
    assertThat(arrive(flow("a"))).isCompletedWithValue(SPENT);
  }

  @Test
  void isSpentEvenIfTheTokenRequestCouldNotBegin() {
    CompletionStage<Decision> broken =
        flows.once(
            flow("a"),
            () -> {
              throw new IllegalStateException();
            },
            this::redeem);
    assertThat(broken.toCompletableFuture()).isCompletedExceptionally();
    assertThat(arrive(flow("a"))).isCompletedWithValue(SPENT);
  }

  @Test
  void doesNotStandInTheWayOfAnotherLogin() {
    provider.complete(REDEEMED);
    assertThat(arrive(flow("a"))).isCompletedWithValue(REDEEMED);
    assertThat(arrive(flow("b"))).isCompletedWithValue(REDEEMED);
    assertThat(redeemed).hasValue(2);
  }

  @Test
  void isForgottenWhenTheLimitIsReachedOldestFirst() {
    provider.complete(REDEEMED);
    assertThat(arrive(flow("a"))).isCompletedWithValue(REDEEMED);
    assertThat(arrive(flow("b"))).isCompletedWithValue(REDEEMED);
    assertThat(arrive(flow("c"))).isCompletedWithValue(REDEEMED);
    assertThat(arrive(flow("b"))).isCompletedWithValue(SPENT);
    assertThat(arrive(flow("c"))).isCompletedWithValue(SPENT);
    assertThat(arrive(flow("a"))).isCompletedWithValue(REDEEMED);
  }

  @Test
  void cannotBeAnsweredByWhoeverWaits() {
    CompletableFuture<Decision> first = arrive(flow("a"));
    CompletableFuture<Decision> second = arrive(flow("a"));
    second.cancel(true);
    provider.complete(REDEEMED);
    assertThat(first).isCompletedWithValue(REDEEMED);
  }
}
