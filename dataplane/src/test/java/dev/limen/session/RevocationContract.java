package dev.limen.session;

import static dev.limen.session.SessionFixtures.HOUR;
import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.config;
import static dev.limen.session.SessionFixtures.present;
import static dev.limen.session.SessionFixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import dev.limen.session.Revocations.Revoked;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What a revocation promises over any store (I4, I6). */
public abstract class RevocationContract {
  private static final SessionLookup REVOKED = new SessionLookup.None(Reason.SESSION_REVOKED);
  private static final SessionLookup UNKNOWN = new SessionLookup.None(Reason.SESSION_UNKNOWN);
  private static final String ISSUER = "https://idp";
  private static final Duration LIFE = Duration.ofHours(13);

  private final KeyRing keys = KeyRing.generated();
  private Metrics metrics = new Metrics();

  /** Nobody else is called that, in whatever test of this store. */
  private String alice = "";

  @BeforeEach
  void beSomebodyElse() {
    alice = "alice-" + SessionSecret.random().key().hex();
    metrics = new Metrics();
  }

  /** The store under the sessions. */
  protected abstract SessionStore store();

  private Sessions sessions() {
    return sessions(store());
  }

  private Sessions sessions(SessionStore store) {
    return new Sessions(store, keys, config(), metrics);
  }

  private static Identity person(String issuer, String subject, @Nullable String sid) {
    return new Identity(
        "main", issuer, subject, subject, null, null, null, List.of(), List.of(), Map.of(), sid,
        null, List.of(), 0);
  }

  private Session login(Identity identity) {
    return answer(sessions().create(identity, tokens(1), SessionContext.UNKNOWN, NOW));
  }

  private Session loginOfAlice() {
    return login(person(ISSUER, alice, alice));
  }

  private RevocationScope user() {
    return new RevocationScope.User(ISSUER, alice);
  }

  private RevocationScope providerSession() {
    return new RevocationScope.ProviderSession(ISSUER, alice);
  }

  private SessionLookup find(Session session) {
    return answer(sessions().find(session.secret(), NOW));
  }

  private Revoked revoke(RevocationScope scope) {
    return answer(sessions().revocations().revoke(scope));
  }

  private void assertLives(Session session) {
    assertThat(find(session)).isEqualTo(new SessionLookup.Found(session));
  }

  /** The same store, whose index has lost everything and takes nothing. */
  private SessionStore withoutIndex() {
    StoreUnavailableException lost = new StoreUnavailableException("index", "lost");
    return new StoreWithMarks(
        store(),
        new TroubledRevocations(
            store().revocations(), operation -> operation.equals("index") ? lost : null));
  }

  private Revoked revokeWithoutIndex(RevocationScope scope) {
    return answer(sessions(withoutIndex()).revocations().revoke(scope));
  }

  private String scraped() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8);
  }

  /** Who is named ends; who is not, goes on. */
  @Nested
  class Scope {
    @Test
    void ofOneSessionEndsThatOneAtItsNextCheck() {
      Session one = loginOfAlice();
      Session other = loginOfAlice();

      assertThat(revoke(new RevocationScope.OneSession(one.key()))).isEqualTo(new Revoked(1, true));

      assertThat(find(one)).isEqualTo(UNKNOWN);
      assertLives(other);
    }

    @Test
    void ofAUserEndsAllOfTheirsAndNobodyElses() {
      Session one = loginOfAlice();
      Session two = login(person(ISSUER, alice, null));
      Session bobs = login(person(ISSUER, alice + "b", alice));
      Session elsewhere = login(person(ISSUER + "2", alice, alice));

      assertThat(revoke(user())).isEqualTo(new Revoked(2, true));

      assertThat(List.of(find(one), find(two))).containsOnly(UNKNOWN);
      assertLives(bobs);
      assertLives(elsewhere);
    }

    @Test
    void ofAProviderSessionEndsWhatCameOutOfIt() {
      Session one = loginOfAlice();
      Session two = loginOfAlice();
      Session later = login(person(ISSUER, alice, "another"));
      Session none = login(person(ISSUER, alice, null));
      Session elsewhere = login(person(ISSUER + "2", alice, alice));

      assertThat(revoke(providerSession())).isEqualTo(new Revoked(2, true));

      assertThat(List.of(find(one), find(two))).containsOnly(UNKNOWN);
      assertLives(later);
      assertLives(none);
      assertLives(elsewhere);
    }

    @Test
    void ofAProviderOrEveryoneHasNoIndexAndEndsThemAtTheirNextCheck() {
      Session one = loginOfAlice();
      revoke(new RevocationScope.Provider("other"));
      assertLives(one);

      assertThat(revoke(new RevocationScope.Provider("main"))).isEqualTo(new Revoked(0, true));
      assertThat(find(one)).isEqualTo(REVOKED);

      Session two = loginOfAlice();
      assertLives(two);
      revoke(new RevocationScope.Everyone());
      assertThat(find(two)).isEqualTo(REVOKED);
      assertLives(loginOfAlice());
    }

    @Test
    void isToldApartWhereIssuerAndNameMakeTheSameText() {
      Session one = login(person("https://idp/a", "b" + alice, null));

      revoke(new RevocationScope.User("https://idp/ab", alice));
      revoke(new RevocationScope.ProviderSession("https://idp/a", "b" + alice));

      assertLives(one);
    }
  }

  /** Whatever an index has lost, and whatever comes late (I4). */
  @Nested
  class NothingRevokedComesBack {
    @Test
    @DisplayName("I4 a watermark ends a session that the index has lost")
    void aSessionThatTheIndexHasLostEndsAllTheSame() {
      Session session = loginOfAlice();

      assertThat(revokeWithoutIndex(user())).isEqualTo(new Revoked(0, true));

      assertThat(answer(store().load(session.key()))).as("the record is there").isNotNull();
      assertThat(find(session)).isEqualTo(REVOKED);
    }

    @Test
    @DisplayName("I4 a refresh that comes after a revocation is not handed out")
    void aLateRefreshIsNotHandedOut() {
      Session session = loginOfAlice();
      revokeWithoutIndex(providerSession());

      assertThat(answer(sessions().renew(session, tokens(2), session.identity(), NOW))).isNull();

      assertThat(find(session)).isEqualTo(REVOKED);
    }

    @Test
    @DisplayName("I4 a refresh does not make a session younger")
    void aRefreshDoesNotMakeASessionYounger() {
      Session session = loginOfAlice();
      Session renewed =
          present(sessions().renew(session, tokens(2), session.identity(), NOW + 60_000));

      revokeWithoutIndex(user());

      assertThat(renewed.begunAt()).isEqualTo(session.begunAt());
      assertThat(find(renewed)).isEqualTo(REVOKED);
    }

    @Test
    @DisplayName("I4 a logout that overtakes its login wins")
    void aLogoutThatOvertakesItsLoginWins() {
      Sessions sessions = sessions();
      LoginStart start = answer(sessions.loginBegins(List.of()));
      long before = stored();
      revoke(providerSession());

      SessionLookup late =
          answer(
              sessions.create(
                  person(ISSUER, alice, alice), tokens(1), SessionContext.UNKNOWN, start, NOW));

      assertThat(late).isEqualTo(REVOKED);
      assertThat(stored()).as("indexed sessions of the user").isEqualTo(before);
      assertLives(loginOfAlice());
    }

    @Test
    @DisplayName("I4 no record is created under a tombstone")
    void noRecordIsCreatedUnderATombstone() {
      Session session = loginOfAlice();
      SealedSession record = present(store().load(session.key()));
      SealedSession kept =
          new SealedSession(
              record.key(), record.tokens(), record.metadata(), 1, 1, NOW + HOUR, NOW);
      revoke(new RevocationScope.OneSession(session.key()));

      assertThat(answer(store().create(kept))).isFalse();
      assertThat(answer(store().replace(kept, 1))).isFalse();

      assertThat(find(session)).isEqualTo(UNKNOWN);
    }

    @Test
    @DisplayName("I4 a tombstone counts whatever the record says")
    void aTombstoneCountsWhateverTheRecordSays() {
      Session session = loginOfAlice();
      Map<String, Boolean> answers = new HashMap<>();
      for (boolean isBuried : new boolean[] {false, true}) {
        RevocationStore marks =
            new FixedMarks(store().revocations(), new RevocationStore.Marks(isBuried, 0));
        SessionLookup found =
            answer(sessions(new StoreWithMarks(store(), marks)).find(session.secret(), NOW));
        answers.put(found.equals(REVOKED) ? "revoked" : "found", isBuried);
      }
      assertThat(answers).containsOnly(Map.entry("revoked", true), Map.entry("found", false));
    }

    @Test
    @DisplayName("I4 a clock that is set back spares no session of the user")
    void aClockThatIsSetBackSparesNoSession() {
      long ahead = answer(store().revocations().moment()) + 3_600_000_000L;
      Session session =
          ((SessionLookup.Found)
                  answer(
                      sessions()
                          .create(
                              person(ISSUER, alice, null),
                              tokens(1),
                              SessionContext.UNKNOWN,
                              new LoginStart(ahead, List.of()),
                              NOW)))
              .session();

      revoke(user());

      assertThat(answer(store().load(session.key()))).isNull();
      SessionStore sameMarks = new StoreWithMarks(store(), store().revocations());
      assertThat(answer(sameMarks.revocations().marks(session.key(), userMarks())).watermark())
          .isGreaterThanOrEqualTo(ahead);
    }

    private List<String> userMarks() {
      return new RevocationNames(keys).watermarksOver(person(ISSUER, alice, null));
    }

    private long stored() {
      List<String> names = new RevocationNames(keys).indexesOf(user());
      return answer(store().revocations().index().list(names, 100)).size();
    }
  }

  /** Keys that rotate. */
  @Nested
  class Ring {
    private final KeyRing.Key older = key("k1");
    private final KeyRing.Key newer = key("k2");

    @Test
    void aMarkUnderAnyKeyOfTheRingIsSeen() {
      Sessions before = with(older);
      Sessions accepting = with(older, newer);
      Sessions switched = with(newer, older);
      for (Sessions revoking : List.of(before, accepting, switched)) {
        Session session =
            answer(
                accepting.create(
                    person(ISSUER, alice, alice), tokens(1), SessionContext.UNKNOWN, NOW));

        answer(revoking.revocations().revoke(providerSession()));

        assertThat(answer(switched.find(session.secret(), NOW))).isEqualTo(UNKNOWN);
        assertThat(answer(accepting.find(session.secret(), NOW))).isEqualTo(UNKNOWN);
      }
    }

    @Test
    void aWatermarkUnderTheOlderKeyEndsWhatTheIndexHasLost() {
      Session session =
          answer(
              with(older)
                  .create(person(ISSUER, alice, alice), tokens(1), SessionContext.UNKNOWN, NOW));
      Sessions lost = new Sessions(withoutIndex(), KeyRing.of(List.of(older)), config(), metrics);
      answer(lost.revocations().revoke(user()));

      assertThat(answer(with(newer, older).find(session.secret(), NOW))).isEqualTo(REVOKED);
    }

    private Sessions with(KeyRing.Key... ring) {
      return new Sessions(store(), KeyRing.of(List.of(ring)), config(), metrics);
    }

    private static KeyRing.Key key(String id) {
      return new KeyRing.Key(id, SessionSecret.random().toBytes());
    }
  }

  /** The marks themselves. */
  @Nested
  class Watermark {
    private final String name =
        "w:{" + HexFormat.of().formatHex(SessionSecret.random().toBytes()) + "}";

    private long standing() {
      SessionKey key = SessionSecret.random().key();
      return answer(store().revocations().marks(key, List.of(name))).watermark();
    }

    @Test
    void isOnlyEverRaised() {
      assertThat(standing()).isZero();
      answer(store().revocations().raise(name, 0, LIFE));
      long first = standing();
      answer(store().revocations().raise(name, 0, LIFE));
      assertThat(standing()).isGreaterThan(first);

      long later = standing() + 60_000_000;
      answer(store().revocations().raise(name, later, LIFE));
      answer(store().revocations().raise(name, 0, LIFE));

      assertThat(standing()).isEqualTo(later);
    }

    @Test
    void isLaterThanEveryMomentBefore() {
      for (int i = 0; i < 20; i++) {
        long before = answer(store().revocations().moment());
        answer(store().revocations().raise(name, 0, LIFE));
        assertThat(standing()).isGreaterThanOrEqualTo(before);
        assertThat(answer(store().revocations().moment())).isGreaterThan(standing());
      }
    }

    @Test
    void isRaisedByManyAtOnceAndEachFindsItRaised() {
      long before = answer(store().revocations().moment());
      List<CompletionStage<Revoked>> revoking =
          IntStream.range(0, 100)
              .mapToObj(_ -> store().revocations().raise(name, 0, LIFE))
              .toList();

      revoking.forEach(each -> assertThat(answer(each)).isEqualTo(new Revoked(0, true)));

      assertThat(standing()).isGreaterThanOrEqualTo(before);
      assertThat(answer(store().revocations().moment())).isGreaterThan(standing());
    }
  }

  /** A store that does not answer (I7). */
  @Nested
  class Trouble {
    private StoreWithMarks troubled(String trouble) {
      return new StoreWithMarks(
          store(),
          new TroubledRevocations(
              store().revocations(),
              operation ->
                  operation.equals(trouble)
                      ? new StoreUnavailableException(operation, "away")
                      : null));
    }

    private void assertTrouble(CompletionStage<?> stage) {
      assertThatThrownBy(() -> answer(stage)).cause().isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    @DisplayName("I7 marks that cannot be read are trouble, and never a session")
    void marksThatCannotBeReadAreTrouble() {
      Session session = loginOfAlice();
      Sessions sessions = sessions(troubled("marks"));

      assertTrouble(sessions.find(session.secret(), NOW));
      assertTrouble(sessions.renew(session, tokens(2), session.identity(), NOW));
      assertTrouble(sessions.create(session.identity(), tokens(1), SessionContext.UNKNOWN, NOW));
      assertThat(scraped()).contains("limen_store_errors_total{operation=\"marks\"} 3");
    }

    @Test
    void aRevocationThatDoesNotReachTheStoreIsNotDone() {
      Session session = loginOfAlice();

      assertTrouble(sessions(troubled("revoke")).revocations().revoke(user()));
      assertTrouble(
          sessions(troubled("delete"))
              .revocations()
              .revoke(new RevocationScope.OneSession(session.key())));

      assertLives(session);
      assertThat(scraped())
          .contains("limen_revocations_total{outcome=\"failed\",scope=\"user\"} 1")
          .contains("limen_revocations_total{outcome=\"failed\",scope=\"session\"} 1");
    }

    @Test
    void whatWasRevokedIsCountedByWhatItNames() {
      Stream.of(
              user(),
              providerSession(),
              new RevocationScope.Provider("nobody"),
              new RevocationScope.OneSession(SessionSecret.random().key()))
          .forEach(RevocationContract.this::revoke);

      for (String scope : List.of("user", "provider_session", "provider", "session")) {
        assertThat(scraped())
            .contains("limen_revocations_total{outcome=\"done\",scope=\"" + scope + "\"} 1");
      }
    }

    @Test
    void aLoginWithoutAnIndexIsNotStored() {
      assertTrouble(
          sessions(withoutIndex())
              .create(person(ISSUER, alice, alice), tokens(1), SessionContext.UNKNOWN, NOW));
    }
  }

  /** Marks that say the same of every session. */
  private record FixedMarks(RevocationStore store, Marks fixed) implements RevocationStore {
    @Override
    public CompletionStage<Long> moment() {
      return store.moment();
    }

    @Override
    public CompletionStage<Marks> marks(SessionKey key, List<String> watermarks) {
      return CompletableFuture.completedFuture(fixed);
    }

    @Override
    public CompletionStage<Revoked> raise(String watermark, long atLeast, Duration life) {
      return store.raise(watermark, atLeast, life);
    }

    @Override
    public CompletionStage<Revoked> bury(SessionKey key, Duration life) {
      return store.bury(key, life);
    }

    @Override
    public SessionIndex index() {
      return store.index();
    }
  }
}
