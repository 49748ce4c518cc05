package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.check.Decision;
import dev.limen.check.DecisionListener;
import dev.limen.check.Reason;
import dev.limen.devidp.RequestKind;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A check whose client is gone costs no question to the store or the provider. */
@NullMarked
class CancelledChecksTest {
  private static final Duration LIFE = Duration.ofSeconds(60);
  private static final Decision GIVEN_UP = new Decision.Unavailable(Reason.DEADLINE_EXCEEDED);

  private final TroubledStore store = new TroubledStore();
  private final Client client = new Client();
  private House house;
  private Requests request;

  @BeforeEach
  void logIn() throws IOException, InterruptedException {
    house = House.with("", store, idp -> idp.withAccessTokenLifetime(LIFE));
    request = get("/orders").header("cookie: " + house.loggedIn("alice"));
  }

  @AfterEach
  void close() {
    house.close();
  }

  /** Hears every answer, and may go at any time. */
  private static final class Client implements DecisionListener {
    private final List<Decision> answers = new CopyOnWriteArrayList<>();
    private volatile boolean gone;

    @Override
    public void onDecision(Decision decision) {
      answers.add(decision);
    }

    @Override
    public boolean isCancelled() {
      return gone;
    }
  }

  private void ask() {
    house.authorizer.authorize(request.build(), house.clock.millis(), client);
  }

  @Test
  @DisplayName("A87 a check that was cancelled asks no store, and has its one answer")
  void aCancelledCheckAsksNoStore() {
    AtomicInteger loads = new AtomicInteger();
    store.load =
        () -> {
          loads.incrementAndGet();
          return CompletableFuture.completedFuture(null);
        };
    client.gone = true;
    ask();
    assertThat(loads).hasValue(0);
    assertThat(client.answers).containsExactly(GIVEN_UP);
    client.gone = false;
    ask();
    assertThat(loads).hasValue(1);
  }

  @Test
  @DisplayName("A87 a check that is cancelled while the store is asked begins no refresh")
  void aCheckThatIsCancelledMeanwhileBeginsNoRefresh() {
    for (Duration age : List.of(LIFE.minusSeconds(2), Duration.ofSeconds(3))) {
      house.clock.advance(age);
      client.gone = false;
      client.answers.clear();
      CompletableFuture<@Nullable SealedSession> slow = new CompletableFuture<>();
      store.load = () -> slow;
      ask();
      assertThat(client.answers).isEmpty();
      client.gone = true;
      store.load = null;
      slow.complete(sealed());
      assertThat(client.answers).containsExactly(GIVEN_UP);
      assertThat(house.idp.log().of(RequestKind.TOKEN_REFRESH)).isEmpty();
    }
    assertThat(house.ask(request)).isInstanceOf(Decision.Allow.class);
    assertThat(house.idp.log().of(RequestKind.TOKEN_REFRESH)).hasSize(1);
  }

  private @Nullable SealedSession sealed() {
    String value = request.headers().getFirst().substring("cookie: __Host-limen=".length());
    byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
    SessionSecret secret = house.sessionCookie.parse(bytes, Span.of(0, bytes.length));
    return store.load(Objects.requireNonNull(secret).key()).toCompletableFuture().join();
  }
}
