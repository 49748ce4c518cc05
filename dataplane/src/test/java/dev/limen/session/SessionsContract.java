package dev.limen.session;

import static dev.limen.session.SessionFixtures.HOUR;
import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.config;
import static dev.limen.session.SessionFixtures.identity;
import static dev.limen.session.SessionFixtures.present;
import static dev.limen.session.SessionFixtures.renewed;
import static dev.limen.session.SessionFixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.metrics.Metrics;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What sessions promise over any store. */
public abstract class SessionsContract {
  private static final Identity ALICE = identity("alice");
  private static final KeyRing.Key K1 = new KeyRing.Key("k1", bytes(1));
  private static final KeyRing.Key K2 = new KeyRing.Key("k2", bytes(2));

  private final KeyRing keys = KeyRing.of(List.of(K1));

  /** The store under the sessions. */
  protected abstract SessionStore store();

  private Sessions sessions() {
    return new Sessions(store(), keys, config(), new Metrics());
  }

  @Test
  void aSessionIsFoundAsItWasCreated() {
    SessionContext context = new SessionContext("203.0.113.0/24", "Firefox");
    Session created = answer(sessions().create(ALICE, tokens(1), context, NOW));

    assertThat(found(created.secret(), NOW)).isEqualTo(created);
    assertThat(created)
        .isEqualTo(
            new Session(
                created.secret(),
                ALICE,
                tokens(1),
                1,
                1,
                NOW,
                NOW + 12 * HOUR,
                NOW,
                context,
                created.begunAt()));
  }

  @Test
  void everyClaimComesBackAndSoDoesEveryAbsence() {
    Identity bare =
        new Identity(
            "main",
            "https://idp",
            "bob",
            "bob",
            null,
            null,
            null,
            List.of(),
            List.of(),
            Map.of(),
            null,
            null,
            List.of(),
            0);
    Tokens bareTokens = new Tokens("id", "access", null, 0, 0);

    assertThat(foundAfterCreating(ALICE, tokens(1)).identity()).isEqualTo(ALICE);
    Session session = foundAfterCreating(bare, bareTokens);
    assertThat(session.identity()).isEqualTo(bare);
    assertThat(session.tokens()).isEqualTo(bareTokens);
  }

  @Test
  void everyLoginHasASecretOfItsOwn() {
    Session one = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
    Session two = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));

    assertThat(one.secret().toBytes()).isNotEqualTo(two.secret().toBytes());
    assertThat(one.key()).isNotEqualTo(two.key());
  }

  @Test
  void aSecretThatNoLoginMadeIsUnknown() {
    assertThat(lookUp(SessionSecret.random(), NOW))
        .isEqualTo(new SessionLookup.None(Reason.SESSION_UNKNOWN));
  }

  @Test
  void anEndedSessionIsUnknown() {
    Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));

    answer(sessions().end(session.key()));

    assertThat(lookUp(session.secret(), NOW))
        .isEqualTo(new SessionLookup.None(Reason.SESSION_UNKNOWN));
  }

  /** Idle and absolute end, each at its limit and one past it. */
  @Nested
  class Time {
    @Test
    void aSessionThatWasIdleForTheWholeTimeoutLivesAndOneMillisecondLaterItDoesNot() {
      Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));

      assertThat(lookUp(session.secret(), NOW + HOUR + 1))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_IDLE));
      assertThat(lookUp(session.secret(), NOW + HOUR)).isInstanceOf(SessionLookup.Found.class);
    }

    @Test
    void useKeepsASessionFromBeingIdle() {
      Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));

      assertThat(found(session.secret(), NOW + HOUR).lastSeenAtMillis()).isEqualTo(NOW);
      awaitLastSeen(session.secret(), NOW + HOUR);
      assertThat(lookUp(session.secret(), NOW + 2 * HOUR)).isInstanceOf(SessionLookup.Found.class);
    }

    @Test
    void useWithinAMinuteOfTheLastIsNotNoted() {
      Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));

      found(session.secret(), NOW + 59_999);
      assertThat(found(session.secret(), NOW + 59_999).lastSeenAtMillis()).isEqualTo(NOW);
      found(session.secret(), NOW + 60_000);
      awaitLastSeen(session.secret(), NOW + 60_000);
    }

    @Test
    void atItsAbsoluteEndASessionIsOverHoweverMuchItWasUsed() {
      Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      long end = NOW + 12 * HOUR;
      answer(store().touch(session.key(), end - 1));

      assertThat(lookUp(session.secret(), end - 1)).isInstanceOf(SessionLookup.Found.class);
      assertThat(lookUp(session.secret(), end))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_EXPIRED));
      assertThat(lookUp(session.secret(), end + 1))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_EXPIRED));
    }

    @Test
    void aSessionEndsWithItsRefreshTokenWhereTheProviderSaysWhenThatIs() {
      Tokens tokens = new Tokens("id", "access", "refresh", NOW + 1, NOW + HOUR / 2);
      Session session = answer(sessions().create(ALICE, tokens, SessionContext.UNKNOWN, NOW));

      assertThat(session.absoluteExpiresAtMillis()).isEqualTo(NOW + HOUR / 2);
      assertThat(lookUp(session.secret(), NOW + HOUR / 2))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_EXPIRED));
    }

    @Test
    void aRefreshTokenThatLivesLongerDoesNotProlongASession() {
      Tokens tokens = new Tokens("id", "access", "refresh", NOW + 1, NOW + 13 * HOUR);

      assertThat(
              answer(sessions().create(ALICE, tokens, SessionContext.UNKNOWN, NOW))
                  .absoluteExpiresAtMillis())
          .isEqualTo(NOW + 12 * HOUR);
    }

    @Test
    void aClockThatIsBehindDoesNotEndASession() {
      Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));

      assertThat(lookUp(session.secret(), NOW - 5_000)).isInstanceOf(SessionLookup.Found.class);
    }
  }

  /** Compare-and-set, and nothing else. */
  @Nested
  class Renewal {
    @Test
    void carriesNewTokensAndClaimsUnderTheSameSecret() {
      SessionContext context = new SessionContext("203.0.113.0/24", "Firefox");
      Session old = answer(sessions().create(ALICE, tokens(1), context, NOW));
      Identity promoted =
          new Identity(
              "main",
              "https://idp",
              "alice",
              "alice",
              "Alice B",
              null,
              "alice",
              List.of("admins"),
              List.of(),
              Map.of(),
              "sid-1",
              null,
              List.of(),
              7);

      Session renewed = present(renewed(sessions(), old, tokens(2), promoted, NOW + 60_000));

      assertThat(renewed)
          .isEqualTo(
              new Session(
                  old.secret(),
                  promoted,
                  tokens(2),
                  2,
                  2,
                  NOW,
                  NOW + 12 * HOUR,
                  NOW + 60_000,
                  context,
                  old.begunAt()));
      assertThat(found(old.secret(), NOW + 60_000)).isEqualTo(renewed);
    }

    @Test
    void doesNotRollBackI3() {
      Session first = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      Session second = present(renewed(sessions(), first, tokens(2), ALICE, NOW));

      assertThat(answer(renewed(sessions(), first, tokens(3), ALICE, NOW))).isNull();

      assertThat(found(first.secret(), NOW)).isEqualTo(second).returns(2L, Session::generation);
    }

    @Test
    void ofManyAtOnceOneWinsAndTheGenerationGrowsByOneI3() {
      Session first = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      Sessions sessions = sessions();

      List<CompletionStage<@Nullable Session>> renewals =
          IntStream.range(0, 16)
              .mapToObj(i -> renewed(sessions, first, tokens(i + 2), ALICE, NOW))
              .toList();
      List<Session> winners = new ArrayList<>();
      for (CompletionStage<@Nullable Session> renewal : renewals) {
        Session won = answer(renewal);
        if (won != null) {
          winners.add(won);
        }
      }

      assertThat(winners).hasSize(1);
      assertThat(found(first.secret(), NOW)).isEqualTo(winners.getFirst());
      assertThat(winners.getFirst().generation()).isEqualTo(2);
    }

    @Test
    void doesNotBringBackWhatEndedI4() {
      Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      answer(sessions().end(session.key()));

      assertThat(answer(renewed(sessions(), session, tokens(2), ALICE, NOW))).isNull();

      assertThat(lookUp(session.secret(), NOW))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_UNKNOWN));
    }

    @Test
    void doesNotBringBackWhatEndedWhateverComesFirstI4() {
      for (int round = 0; round < 50; round++) {
        Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
        CompletionStage<@Nullable Session> renewing =
            renewed(sessions(), session, tokens(2), ALICE, NOW);
        CompletionStage<SessionLookup> finding = sessions().find(session.secret(), NOW + 61_000);
        answer(sessions().end(session.key()));
        answer(renewing);
        answer(finding);

        assertThat(lookUp(session.secret(), NOW))
            .isEqualTo(new SessionLookup.None(Reason.SESSION_UNKNOWN));
      }
    }

    @Test
    void followsASlidingRefreshTokenButNeverPastTheAbsoluteTimeout() {
      Tokens halfAnHour = new Tokens("id", "access", "r1", NOW + 1, NOW + HOUR / 2);
      Session first = answer(sessions().create(ALICE, halfAnHour, SessionContext.UNKNOWN, NOW));
      Tokens hourMore = new Tokens("id", "access", "r2", NOW + 2, NOW + HOUR);
      Session second = present(renewed(sessions(), first, hourMore, ALICE, NOW));
      assertThat(second.absoluteExpiresAtMillis()).isEqualTo(NOW + HOUR);

      Tokens forADay = new Tokens("id", "access", "r3", NOW + 3, NOW + 24 * HOUR);
      Session third = present(renewed(sessions(), second, forADay, ALICE, NOW));
      assertThat(third.absoluteExpiresAtMillis()).isEqualTo(NOW + 12 * HOUR);
    }

    @Test
    void isRefusedAtTheAbsoluteEnd() {
      Session first = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      long end = NOW + 12 * HOUR;

      assertThat(answer(renewed(sessions(), first, tokens(2), ALICE, end))).isNull();
      assertThat(answer(renewed(sessions(), first, tokens(2), ALICE, end - 1))).isNotNull();
    }

    @Test
    void neverTurnsOnePersonIntoAnother() {
      Session alices = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));

      assertThatThrownBy(() -> answer(renewed(sessions(), alices, tokens(2), identity("bob"), NOW)))
          .hasCauseInstanceOf(IllegalArgumentException.class)
          .hasMessageEndingWith("a renewal keeps provider, issuer and subject");

      assertThat(found(alices.secret(), NOW)).isEqualTo(alices);
    }
  }

  /** Whoever can write to the store. */
  @Nested
  class Tampering {
    @Test
    void aRecordMovedToAnotherKeyOpensForNobodyA69() {
      Session alices = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      Session bobs =
          answer(sessions().create(identity("bob"), tokens(2), SessionContext.UNKNOWN, NOW));
      SealedSession bobsRecord = sealed(bobs.key());

      overwrite(
          new SealedSession(
              alices.key(), bobsRecord.tokens(), bobsRecord.metadata(), 1, 1, NOW + HOUR, NOW));

      assertThat(lookUp(alices.secret(), NOW))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH));
    }

    @Test
    void tokensOrMetadataOfAnotherSessionDoNotOpenA69() {
      Session alices = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      Session bobs =
          answer(sessions().create(identity("bob"), tokens(2), SessionContext.UNKNOWN, NOW));
      SealedSession own = sealed(alices.key());
      SealedSession other = sealed(bobs.key());

      overwrite(with(own, other.tokens(), own.metadata()));
      assertThat(lookUp(alices.secret(), NOW))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH));
      overwrite(with(own, own.tokens(), other.metadata()));
      assertThat(lookUp(alices.secret(), NOW))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH));
      overwrite(with(own, own.tokens(), own.metadata()));
      assertThat(found(alices.secret(), NOW)).isEqualTo(alices);
    }

    @Test
    void olderTokensUnderANewerVersionDoNotOpenA70() {
      Session first = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      SealedSession older = sealed(first.key());
      answer(renewed(sessions(), first, tokens(2), ALICE, NOW));
      SealedSession newer = sealed(first.key());

      overwrite(with(newer, older.tokens(), newer.metadata()));
      assertThat(lookUp(first.secret(), NOW))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH));
      overwrite(with(newer, older.tokens(), older.metadata()));
      assertThat(lookUp(first.secret(), NOW))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH));
    }

    @Test
    void aGenerationThatSomebodyCountedBackDoesNotOpenI3() {
      Session first = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      answer(renewed(sessions(), first, tokens(2), ALICE, NOW));
      SealedSession newer = sealed(first.key());

      overwrite(
          new SealedSession(first.key(), newer.tokens(), newer.metadata(), 2, 1, NOW + HOUR, NOW));

      assertThat(lookUp(first.secret(), NOW))
          .isEqualTo(new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH));
    }

    @Test
    void aRecordThatIsCutAnywhereDoesNotOpenA71() {
      Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      SealedSession whole = sealed(session.key());

      for (int length : new int[] {0, 1, 2, 4, 16, 31, whole.tokens().length - 1}) {
        overwrite(with(whole, Arrays.copyOf(whole.tokens(), length), whole.metadata()));
        assertThat(lookUp(session.secret(), NOW))
            .isEqualTo(new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH));
      }
    }

    @Test
    void aKeyThatTheRingDoesNotHoldIsTroubleAndTheSessionStaysA71() {
      Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      Sessions rotatedTooFar =
          new Sessions(store(), KeyRing.of(List.of(K2)), config(), new Metrics());

      CompletableFuture<SessionLookup> looked =
          rotatedTooFar.find(session.secret(), NOW).toCompletableFuture();

      assertThatThrownBy(() -> answer(looked)).hasCauseInstanceOf(UnknownKeyException.class);
      assertThat(found(session.secret(), NOW)).isEqualTo(session);
    }

    @Test
    void anOlderKeyOpensAndARenewalSealsUnderTheNewOne() {
      Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
      Sessions switched =
          new Sessions(store(), KeyRing.of(List.of(K2, K1)), config(), new Metrics());
      Sessions after = new Sessions(store(), KeyRing.of(List.of(K2)), config(), new Metrics());

      assertThat(answer(switched.find(session.secret(), NOW)))
          .isEqualTo(new SessionLookup.Found(session));
      Session renewed = present(renewed(switched, session, tokens(2), ALICE, NOW));
      assertThat(answer(after.find(session.secret(), NOW)))
          .isEqualTo(new SessionLookup.Found(renewed));
    }

    private SealedSession with(SealedSession session, byte[] tokens, byte[] metadata) {
      return new SealedSession(
          session.key(),
          tokens,
          metadata,
          session.version(),
          session.generation(),
          NOW + HOUR,
          NOW);
    }

    private void overwrite(SealedSession session) {
      assertThat(answer(store().replace(session, sealed(session.key()).version()))).isTrue();
    }

    private SealedSession sealed(SessionKey key) {
      return present(store().load(key));
    }
  }

  @Test
  void tokensDoNotOpenWithTheRingAlone() {
    Session session = answer(sessions().create(ALICE, tokens(1), SessionContext.UNKNOWN, NOW));
    SealedSession sealed = present(store().load(session.key()));
    SessionSecret guessed = SessionSecret.random();
    assertThat(new SessionSeal(keys).open(guessed, sealed)).isNull();
    assertThat(text(sealed.tokens()) + text(sealed.metadata()))
        .doesNotContain("access-1", "refresh-1", "id-1", "alice", "Alice", "example.com");
  }

  @Test
  void aRecordThatIsTooLongIsNotWritten() {
    Tokens huge = new Tokens("x".repeat(SealedSession.MAX_VALUE_LENGTH), "a", null, 0, 0);

    assertThatThrownBy(() -> answer(sessions().create(ALICE, huge, SessionContext.UNKNOWN, NOW)))
        .hasCauseInstanceOf(StoreUnavailableException.class)
        .hasMessageEndingWith("store create failed: the record is too long");
  }

  private Session foundAfterCreating(Identity identity, Tokens tokens) {
    Session session = answer(sessions().create(identity, tokens, SessionContext.UNKNOWN, NOW));
    return found(session.secret(), NOW);
  }

  private SessionLookup lookUp(SessionSecret secret, long nowMillis) {
    return answer(sessions().find(secret, nowMillis));
  }

  private Session found(SessionSecret secret, long nowMillis) {
    SessionLookup lookup = lookUp(secret, nowMillis);
    assertThat(lookup).isInstanceOf(SessionLookup.Found.class);
    return ((SessionLookup.Found) lookup).session();
  }

  /** A touch is not awaited by the check that made it. */
  private void awaitLastSeen(SessionSecret secret, long expectedMillis) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (found(secret, NOW).lastSeenAtMillis() != expectedMillis) {
      assertThat(System.nanoTime()).as("waited for the touch").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(int value) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
