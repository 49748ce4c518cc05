package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import dev.limen.session.SealedSession;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionSecret;
import dev.limen.session.Sessions;
import dev.limen.session.StoreUnavailableException;
import dev.limen.session.Tokens;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Trouble is answered as trouble: never as an allow, and never as "no session". */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TroubleTest {
  private final TroubledStore store = new TroubledStore();
  private House house;
  private Requests request;

  @BeforeAll
  void build() throws IOException {
    house =
        House.with(
            "{match: {hosts: [], path: /public/*, methods: []}, mode: public}",
            store,
            UnaryOperator.identity());
    request = get("/x").header("cookie: " + house.signedIn(House.alice()));
  }

  @AfterEach
  void mend() {
    store.load = null;
    assertThat(house.ask(request))
        .as("the session is still there")
        .isInstanceOf(Decision.Allow.class);
  }

  @AfterAll
  void close() {
    house.close();
  }

  private void assertUnavailable(Reason reason) {
    Decision unavailable = new Decision.Unavailable(reason);
    assertThat(house.ask(request)).isEqualTo(unavailable);
    assertThat(house.ask(request.navigation())).isEqualTo(unavailable);
    assertThat(house.ask(request.method("POST"))).isEqualTo(unavailable);
  }

  @Test
  void aStoreThatRefusesIsNotNoSession() {
    store.load =
        () ->
            CompletableFuture.failedFuture(
                new StoreUnavailableException("load", new IOException("broken pipe")));
    assertUnavailable(Reason.STORE_UNAVAILABLE);
  }

  @Test
  void aStoreThatIsTooSlowToBeAskedHasAReasonOfItsOwn() {
    store.load = () -> CompletableFuture.failedFuture(StoreUnavailableException.tooSlow("load"));
    assertUnavailable(Reason.STORE_SLOW);
  }

  @Test
  void moreSessionsAtOnceThanAreLoadedIsTroubleWithAReasonOfItsOwn() {
    CompletableFuture<@Nullable SealedSession> slow = new CompletableFuture<>();
    store.load = () -> slow;
    for (int i = 0; i < house.config.session().store().maxLoads(); i++) {
      String cookie = house.sessionCookie.value(SessionSecret.random());
      house.authorizer.authorize(
          get("/x").header("cookie: __Host-limen=" + cookie).build(), House.NOW, _ -> {});
    }
    assertUnavailable(Reason.STORE_OVERLOADED);
    slow.complete(null);
  }

  @Test
  void aPublicRouteNeedsNoStore() {
    store.load = () -> CompletableFuture.failedFuture(new AssertionError("nobody should ask"));
    assertThat(house.ask(get("/public/x"))).isInstanceOf(Decision.Allow.class);
  }

  @Test
  void anExceptionThatNobodyExpectedIsADefectAndNoAnswer() {
    store.load = () -> CompletableFuture.failedFuture(new IllegalStateException("a secret"));
    assertUnavailable(Reason.INTERNAL_ERROR);
    store.load =
        () -> {
          throw new IllegalStateException("a secret");
        };
    assertUnavailable(Reason.INTERNAL_ERROR);
    store.load = () -> CompletableFuture.failedFuture(new CompletionException(null));
    assertUnavailable(Reason.INTERNAL_ERROR);
    store.load =
        () -> {
          throw new AssertionError("an error, and no exception");
        };
    assertUnavailable(Reason.INTERNAL_ERROR);
  }

  @Test
  void aStoreThatDoesNotAnswerIsTroubleAtTheDeadline() {
    CompletableFuture<@Nullable SealedSession> never = new CompletableFuture<>();
    store.load = () -> never;
    List<Decision> answers = new CopyOnWriteArrayList<>();
    CompletableFuture<Decision> first = new CompletableFuture<>();
    long before = System.nanoTime();
    house.authorizer.authorize(
        request.within(150).build(),
        House.NOW,
        decision -> {
          answers.add(decision);
          first.complete(decision);
        });
    assertThat(first.orTimeout(20, TimeUnit.SECONDS).join())
        .isEqualTo(new Decision.Unavailable(Reason.DEADLINE_EXCEEDED));
    assertThat(System.nanoTime() - before).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(100));
    // The store's word comes too late, and changes nothing.
    never.complete(null);
    assertThat(answers).hasSize(1);
  }

  @Test
  void aDeadlineThatHasPassedIsTroubleTooAndNoStoreIsAsked() {
    store.load = () -> CompletableFuture.failedFuture(new AssertionError("nobody should ask"));
    assertThat(house.ask(request.within(-5)))
        .isEqualTo(new Decision.Unavailable(Reason.DEADLINE_EXCEEDED));
  }

  @Test
  void aRecordUnderAnUnknownKeyIsTrouble() {
    KeyRing lost = KeyRing.of(List.of(new KeyRing.Key("lost", new byte[32])));
    Session session =
        new Sessions(store, lost, house.config.session(), house.metrics)
            .create(
                House.alice(),
                new Tokens("id", "access", null, House.NOW + 3_600_000, 0),
                SessionContext.UNKNOWN,
                House.NOW)
            .toCompletableFuture()
            .join();
    String cookie = "__Host-limen=" + new SessionCookie(house.keys).value(session.secret());
    assertThat(house.ask(get("/x").header("cookie: " + cookie).navigation()))
        .isEqualTo(new Decision.Unavailable(Reason.SEALING_KEY_UNKNOWN));
  }

  @Test
  void aProviderThatIsNotKnownYetIsTroubleForThePersonAndNotForTheProgram() throws IOException {
    House closed = House.withoutProvider();
    try (closed) {
      assertThat(closed.ask(get("/x").navigation()))
          .isInstanceOfSatisfying(
              Decision.Page.class,
              page -> {
                assertThat(page.status()).isEqualTo(503);
                assertThat(page.reason()).isEqualTo(Reason.PROVIDER_UNAVAILABLE);
              });
      assertThat(closed.ask(get("/x"))).isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
      assertThat(closed.ask(get("/x").header("cookie: " + closed.signedIn(House.alice()))))
          .isInstanceOf(Decision.Allow.class);
    }
  }
}
