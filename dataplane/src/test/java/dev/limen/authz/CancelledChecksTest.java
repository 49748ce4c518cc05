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
import java.util.concurrent.TimeUnit;
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
    private final CompletableFuture<Decision> first = new CompletableFuture<>();
    private volatile boolean gone;

    @Override
    public void onDecision(Decision decision) {
      answers.add(decision);
      first.complete(decision);
    }

    Decision answer() {
      return first.orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Override
    public boolean isCancelled() {
      return gone;
    }
  }

  private void ask() {
    ask(client);
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

  @Test
  @DisplayName("A87 a check that is cancelled while its load is still to come asks no store")
  void aCheckThatIsCancelledBeforeItsLoadAsksNoStore() {
    AtomicInteger loads = new AtomicInteger();
    CompletableFuture<@Nullable SealedSession> slow = hold(loads);
    Client first = ask(new Client());
    ask();
    assertThat(client.answers).isEmpty();
    client.gone = true;
    slow.complete(null);
    assertThat(first.answer()).isInstanceOf(Decision.Deny.class);
    assertThat(client.answer()).isEqualTo(GIVEN_UP);
    assertThat(loads).hasValue(1);
  }

  @Test
  @DisplayName("A87 a load that several checks share goes on for those that were not cancelled")
  void aSharedLoadGoesOnForWhoeverStillWaits() {
    AtomicInteger loads = new AtomicInteger();
    SealedSession sealed = sealed();
    CompletableFuture<@Nullable SealedSession> slow = hold(loads);
    Client first = ask(new Client());
    ask();
    Client patient = ask(new Client());
    client.gone = true;
    slow.complete(sealed);
    assertThat(first.answer()).isInstanceOf(Decision.Allow.class);
    assertThat(patient.answer()).isInstanceOf(Decision.Allow.class);
    assertThat(client.answer()).isEqualTo(GIVEN_UP);
    assertThat(loads).hasValue(2);
  }

  /** From now on loads are counted, and wait. */
  private CompletableFuture<@Nullable SealedSession> hold(AtomicInteger loads) {
    CompletableFuture<@Nullable SealedSession> slow = new CompletableFuture<>();
    store.load =
        () -> {
          loads.incrementAndGet();
          return slow.copy();
        };
    return slow;
  }

  private Client ask(Client asking) {
    house.authorizer.authorize(request.build(), house.clock.millis(), asking);
    return asking;
  }

  private @Nullable SealedSession sealed() {
    String value = request.headers().getFirst().substring("cookie: __Host-limen=".length());
    byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
    SessionSecret secret = house.sessionCookie.parse(bytes, Span.of(0, bytes.length));
    return store.load(Objects.requireNonNull(secret).key()).toCompletableFuture().join();
  }
}
