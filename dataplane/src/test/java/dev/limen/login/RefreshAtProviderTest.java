package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.check.Reason;
import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.session.Session;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Renewing tokens at a strict provider, whose refresh tokens rotate and may not be reused. */
final class RefreshAtProviderTest {
  private static final long LATER_MILLIS = 61_000;

  private static LoginFixture fixture;

  private Refresher refresher;
  private Session session;

  @BeforeAll
  static void start() throws Exception {
    fixture = LoginFixture.start();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @BeforeEach
  void signIn() throws Exception {
    refresher =
        new Refresher(
            Map.of("main", fixture.provider),
            fixture.sessions,
            fixture.config.session(),
            fixture.metrics);
    Browser browser = fixture.browser();
    browser.login("/", "alice");
    byte[] cookie = browser.session().getBytes(StandardCharsets.US_ASCII);
    SessionSecret secret = fixture.sessionCookie.parse(cookie, Span.of(0, cookie.length));
    session = stored(Objects.requireNonNull(secret));
    fixture.idp.log().clear();
  }

  @AfterEach
  void mendEverything() {
    fixture.idp.faults().clear();
  }

  private static SessionLookup find(SessionSecret secret) {
    return fixture.sessions.find(secret, System.currentTimeMillis()).toCompletableFuture().join();
  }

  private static Session stored(SessionSecret secret) {
    return ((SessionLookup.Found) find(secret)).session();
  }

  private RefreshResult refresh(Session session) {
    return refresher
        .refresh(session, System.currentTimeMillis() + LATER_MILLIS)
        .toCompletableFuture()
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  private static int presented() {
    return fixture.idp.log().of(RequestKind.TOKEN_REFRESH).size();
  }

  @Test
  void theTokensSayHowLongTheyLiveSoThatARefreshIsDueInTheLastFifth() {
    long end = session.tokens().accessTokenExpiresAtMillis();
    // A token's end is a whole second, so that its life is up to one second shorter than said.
    assertThat(end - session.tokens().accessTokenIssuedAtMillis()).isBetween(59_001L, 60_000L);
    assertThat(refresher.isDue(session, end - 15_001)).isFalse();
    assertThat(refresher.isDue(session, end - 8_800)).isTrue();
    assertThat(refresher.isExpired(session, end - 1)).isFalse();
  }

  @Test
  void fiveHundredAtOnceAreOneRefreshAndTheNextRefreshWorks() {
    List<CompletableFuture<RefreshResult>> results = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      results.add(CompletableFuture.supplyAsync(() -> refresh(session), Thread.ofVirtual()::start));
    }
    for (CompletableFuture<RefreshResult> result : results) {
      assertThat(result.join()).isInstanceOf(RefreshResult.Renewed.class);
    }
    assertThat(presented()).isEqualTo(1);
    Session renewed = stored(session.secret());
    assertThat(renewed.tokens().accessToken()).isNotEqualTo(session.tokens().accessToken());
    assertThat(refresh(renewed)).isInstanceOf(RefreshResult.Renewed.class);
    assertThat(presented()).isEqualTo(2);
  }

  @Test
  void aProviderInTroubleLeavesTheSessionAsItIs() {
    fixture.idp.faults().switchOn(Fault.HTTP_500, RequestKind.TOKEN_REFRESH, 1);
    assertThat(refresh(session)).isEqualTo(new RefreshResult.Failed(Reason.PROVIDER_UNAVAILABLE));
    assertThat(stored(session.secret()).generation()).isEqualTo(1);
  }

  @Test
  void aSessionThatTheProviderEndedEndsHere() {
    fixture.idp.endSessionsOf("alice");
    assertThat(refresh(session))
        .isEqualTo(new RefreshResult.Ended(Reason.SESSION_ENDED_BY_PROVIDER));
    assertThat(find(session.secret())).isInstanceOf(SessionLookup.None.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"WRONG_AUDIENCE", "EXPIRED_ID_TOKEN", "BAD_SIGNATURE"})
  void anIdTokenThatBreaksARuleCostsNoSession(Fault fault) {
    fixture.idp.faults().switchOn(fault, RequestKind.TOKEN_REFRESH, 1);
    assertThat(refresh(session)).isEqualTo(new RefreshResult.Failed(Reason.ID_TOKEN_REFUSED));
    assertThat(stored(session.secret()).generation()).isEqualTo(1);
    long afterThePause = System.currentTimeMillis() + LATER_MILLIS + 10_000;
    assertThat(
            refresher
                .refresh(session, afterThePause)
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join())
        .isInstanceOf(RefreshResult.Renewed.class);
    assertThat(stored(session.secret()).generation()).isEqualTo(2);
    assertThat(presented()).as("never one that was spent").isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"WRONG_SUBJECT_ON_REFRESH", "WRONG_ISSUER"})
  @DisplayName("A65: an answer about somebody else, or from another issuer, ends the session")
  void anAnswerAboutSomebodyElseEndsTheSession(Fault fault) {
    fixture.idp.faults().switchOn(fault, RequestKind.TOKEN_REFRESH, 1);
    assertThat(refresh(session)).isEqualTo(new RefreshResult.Ended(Reason.IDENTITY_CHANGED));
    assertThat(presented()).isEqualTo(1);
    assertThat(find(session.secret())).isInstanceOf(SessionLookup.None.class);
  }
}
