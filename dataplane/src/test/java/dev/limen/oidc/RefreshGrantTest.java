package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.session.Session;
import dev.limen.session.Tokens;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Refreshes against the strict provider: rotation, reuse, trouble, and new keys. */
class RefreshGrantTest {
  private final StrictProvider strict = new StrictProvider();
  private final DevIdp idp = strict.idp;
  private final OpenIdProvider provider = strict.provider;

  @AfterEach
  void stop() {
    strict.close();
  }

  @Nested
  class ARefresh {
    @Test
    void bringsNewTokensForTheSamePerson() throws Exception {
      Session session = strict.session();
      TokenOutcome.Granted renewed =
          StrictProvider.granted(StrictProvider.await(provider.refresh(session, null)));
      assertThat(renewed.identity()).isEqualTo(session.identity());
      assertThat(renewed.tokens().accessToken()).isNotEqualTo(session.tokens().accessToken());
      assertThat(renewed.tokens().idToken()).isNotEqualTo(session.tokens().idToken());
      assertThat(renewed.tokens().refreshToken()).isNotEqualTo(session.tokens().refreshToken());
      assertThat(StrictProvider.claims(session.tokens().idToken()).has("nonce")).isTrue();
      assertThat(StrictProvider.claims(renewed.tokens().idToken()).has("nonce")).isFalse();
    }

    @Test
    void canBeFollowedByOthers() throws Exception {
      Session session = strict.session();
      for (int i = 0; i < 3; i++) {
        session =
            StrictProvider.session(
                StrictProvider.granted(StrictProvider.await(provider.refresh(session, null))));
      }
      assertThat(idp.log().of(RequestKind.TOKEN_REFRESH)).hasSize(3);
    }

    @Test
    @DisplayName("dependencies.md: a refresh token presented twice ends the session there")
    void withATokenThatWasRotatedIsRefused() throws Exception {
      Session session = strict.session();
      TokenOutcome.Granted renewed =
          StrictProvider.granted(StrictProvider.await(provider.refresh(session, null)));
      TokenOutcome ended = new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER);
      assertThat(StrictProvider.await(provider.refresh(session, null))).isEqualTo(ended);
      assertThat(StrictProvider.await(provider.refresh(StrictProvider.session(renewed), null)))
          .isEqualTo(ended);
    }

    @Test
    void ofASessionThatTheProviderEndedIsRefused() throws Exception {
      Session session = strict.session();
      idp.endSessionsOf("alice");
      assertThat(StrictProvider.await(provider.refresh(session, null)))
          .isEqualTo(new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER));
      assertThat(strict.scraped()).contains("outcome=\"invalid_grant\"");
    }

    @Test
    void withoutARefreshTokenAsksNobody() throws Exception {
      Session session = strict.session();
      Tokens tokens = session.tokens();
      Session without =
          StrictProvider.session(
              new TokenOutcome.Granted(
                  session.identity(),
                  new Tokens(tokens.idToken(), tokens.accessToken(), null, 0, 0)));
      assertThat(StrictProvider.await(provider.refresh(without, null)))
          .isEqualTo(new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER));
      assertThat(idp.log().of(RequestKind.TOKEN_REFRESH)).isEmpty();
    }

    @Test
    @DisplayName("A65: another person's ID token is refused, with an alarm")
    void withAnotherPersonsIdTokenIsAnAlarm() throws Exception {
      Session session = strict.session();
      idp.faults().switchOn(Fault.WRONG_SUBJECT_ON_REFRESH);
      try (LogCapture log = new LogCapture()) {
        assertThat(StrictProvider.await(provider.refresh(session, null)))
            .isEqualTo(new TokenOutcome.Refused(Reason.IDENTITY_CHANGED));
        assertThat(log.lines())
            .containsExactly(
                "ERROR provider main: alarm=identity_changed, a refresh brought an ID token about"
                    + " somebody else");
      }
    }

    @Test
    @DisplayName("A65: another issuer's ID token is refused, with an alarm")
    void withAnotherIssuersIdTokenIsAnAlarm() throws Exception {
      Session session = strict.session();
      idp.faults().switchOn(Fault.WRONG_ISSUER);
      assertThat(StrictProvider.await(provider.refresh(session, null)))
          .isEqualTo(new TokenOutcome.Refused(Reason.IDENTITY_CHANGED));
    }

    @ParameterizedTest
    @EnumSource(
        value = Fault.class,
        names = {"HTTP_500", "GARBAGE"})
    @DisplayName("I5: trouble at the provider keeps the session, which works afterwards")
    void thatFailsWithoutBeingDoneCanBeTriedAgain(Fault fault) throws Exception {
      Session session = strict.session();
      idp.faults().switchOn(fault);
      assertThat(StrictProvider.await(provider.refresh(session, null)))
          .isEqualTo(new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
      idp.faults().clear();
      StrictProvider.granted(StrictProvider.await(provider.refresh(session, null)));
    }

    @Test
    void thatTakesTooLongIsUnavailable() throws Exception {
      Session session = strict.session();
      idp.faults().delayBy(Duration.ofSeconds(10));
      idp.faults().switchOn(Fault.SLOW);
      try (OpenIdProvider hasty = hasty()) {
        assertThat(StrictProvider.await(hasty.refresh(session, null)))
            .isEqualTo(new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
      }
      assertThat(strict.scraped()).contains("outcome=\"timeout\"");
    }

    private OpenIdProvider hasty() {
      return strict.connect(draft -> draft.total = Duration.ofMillis(700));
    }

    @Test
    void duringAnOutageIsLoggedOnce() throws Exception {
      Session session = strict.session();
      try (LogCapture log = new LogCapture()) {
        idp.faults().switchOn(Fault.HTTP_500);
        for (int i = 0; i < 5; i++) {
          StrictProvider.await(provider.refresh(session, null));
        }
        idp.faults().clear();
        StrictProvider.granted(StrictProvider.await(provider.refresh(session, null)));
        assertThat(log.lines())
            .containsExactly(
                "WARN provider main: the token endpoint does not serve: unexpected_status",
                "INFO provider main: the token endpoint serves again");
      }
    }
  }

  @Nested
  @DisplayName("Facts, section 4.5: when the provider changes its keys")
  class WhenKeysChange {
    @Test
    void loginsAndRefreshesGoOn() throws Exception {
      Session session = strict.session();
      idp.rotateKeys();
      int before = idp.log().of(RequestKind.CERTS).size();
      session =
          StrictProvider.session(
              StrictProvider.granted(StrictProvider.await(provider.refresh(session, null))));
      StrictProvider.granted(StrictProvider.await(provider.refresh(session, null)));
      StrictProvider.granted(strict.signIn("bob"));
      assertThat(idp.log().of(RequestKind.CERTS)).hasSize(before + 1);
    }

    @Test
    void theOldOnesMayGoAtOnce() throws Exception {
      Session session = strict.session();
      idp.rotateKeys();
      idp.dropOldKeys();
      StrictProvider.granted(StrictProvider.await(provider.refresh(session, null)));
    }

    @Test
    @DisplayName("A88: a second new key within ten seconds costs no fetch, no session, no request")
    void twiceWithinTenSecondsIsGrantedAfterThePause() throws Exception {
      AtomicLong aheadMillis = new AtomicLong();
      try (OpenIdProvider clocked =
          strict.connect(_ -> {}, () -> Instant.now().plusMillis(aheadMillis.get()))) {
        Session session = strict.session();
        idp.rotateKeys();
        session =
            StrictProvider.session(
                StrictProvider.granted(StrictProvider.await(clocked.refresh(session, null))));
        idp.rotateKeys();
        int fetches = idp.log().of(RequestKind.CERTS).size();
        TokenOutcome outcome = StrictProvider.await(clocked.refresh(session, null));
        assertThat(outcome).isInstanceOf(TokenOutcome.Unverified.class);
        TokenOutcome.Unverified unverified = (TokenOutcome.Unverified) outcome;
        assertThat(unverified.reason()).isEqualTo(Reason.PROVIDER_UNAVAILABLE);
        assertThat(idp.log().of(RequestKind.CERTS)).hasSize(fetches);
        assertThat(strict.scraped()).contains("outcome=\"key_unavailable\"");
        int requests = idp.log().of(RequestKind.TOKEN_REFRESH).size();
        aheadMillis.set(ProviderKnowledge.UNKNOWN_KEY_PAUSE_MILLIS);
        StrictProvider.granted(StrictProvider.await(clocked.refresh(session, unverified.grant())));
        assertThat(idp.log().of(RequestKind.TOKEN_REFRESH)).hasSize(requests);
      }
    }
  }
}
