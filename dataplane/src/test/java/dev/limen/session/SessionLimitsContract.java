package dev.limen.session;

import static dev.limen.session.SessionFixtures.HOUR;
import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.config;
import static dev.limen.session.SessionFixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.config.SessionConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code session.maxPerUser} and a shorter absolute timeout do, over any store. */
public abstract class SessionLimitsContract {
  private static final SessionLookup UNKNOWN = new SessionLookup.None(Reason.SESSION_UNKNOWN);
  private static final SessionLookup TOO_MANY = new SessionLookup.None(Reason.TOO_MANY_SESSIONS);

  private final KeyRing keys = KeyRing.generated();
  private Identity alice = SessionFixtures.identity("alice");
  private Sessions evicting;
  private Sessions refusing;

  /** The store under the sessions. */
  protected abstract SessionStore store();

  /** Nobody else is called that, in whatever test of this store. */
  @BeforeEach
  void beSomebodyElse() {
    alice = SessionFixtures.identity("alice-" + SessionSecret.random().key().hex());
    evicting = limited(SessionConfig.OnExceed.EVICT_OLDEST, 2);
    refusing = limited(SessionConfig.OnExceed.REFUSE, 2);
  }

  private SessionLookup find(Session session) {
    return answer(evicting.find(session.secret(), NOW));
  }

  private void assertLives(Session session) {
    assertThat(find(session)).isEqualTo(new SessionLookup.Found(session));
  }

  private Sessions limited(SessionConfig.OnExceed onExceed, int limit) {
    SessionConfig config =
        new SessionConfig(
            config().absoluteTimeout(),
            config().idleTimeout(),
            config().refresh(),
            new SessionConfig.MaxPerUserConfig(limit, onExceed),
            config().store());
    return new Sessions(store(), keys, config, new Metrics());
  }

  private CompletionStage<SessionLookup> beginning(
      Sessions sessions, long nowMillis, SessionKey... replaced) {
    return sessions
        .loginBegins(List.of(replaced))
        .thenCompose(
            start -> sessions.create(alice, tokens(1), SessionContext.UNKNOWN, start, nowMillis));
  }

  private Session begun(Sessions sessions, SessionKey... replaced) {
    SessionLookup lookup = answer(beginning(sessions, NOW, replaced));
    assertThat(lookup).isInstanceOf(SessionLookup.Found.class);
    return ((SessionLookup.Found) lookup).session();
  }

  @Test
  void atTheLimitAllLiveAndOnePastItTheOldestEnds() {
    Session first = begun(evicting);
    Session second = begun(evicting);
    assertLives(first);

    Session third = begun(evicting);

    assertThat(find(first)).isEqualTo(UNKNOWN);
    assertLives(second);
    assertLives(third);
  }

  @Test
  void atTheLimitALoginIsLetInAndOnePastItIsRefused() {
    Session first = begun(refusing);
    Session second = begun(refusing);

    assertThat(answer(beginning(refusing, NOW))).isEqualTo(TOO_MANY);
    assertThat(answer(beginning(refusing, NOW))).isEqualTo(TOO_MANY);

    assertLives(first);
    assertLives(second);
    answer(refusing.end(first.key()));
    assertLives(begun(refusing));
  }

  @Test
  void zeroIsNoLimit() {
    Sessions unlimited = limited(SessionConfig.OnExceed.REFUSE, 0);
    List<Session> all = IntStream.range(0, 5).mapToObj(_ -> begun(unlimited)).toList();
    all.forEach(this::assertLives);
  }

  @Test
  void theSessionThatALoginReplacesTakesNoPlace() {
    Session first = begun(refusing);
    Session second = begun(refusing);
    assertLives(begun(refusing, second.key()));

    answer(evicting.end(second.key()));
    Session third = begun(evicting, first.key());
    assertLives(third);
    assertLives(first);
  }

  @Test
  void aSessionThatWasIdleForTooLongTakesNoPlace() {
    begun(refusing);
    begun(refusing);

    assertThat(answer(beginning(refusing, NOW + HOUR))).isEqualTo(TOO_MANY);
    assertThat(answer(beginning(refusing, NOW + HOUR + 1))).isInstanceOf(SessionLookup.Found.class);
  }

  @Test
  void sessionsOfOthersTakeNoPlace() {
    begun(refusing);
    begun(refusing);

    assertThat(
            answer(
                refusing.create(
                    SessionFixtures.identity(alice.subject() + "b"),
                    tokens(1),
                    SessionContext.UNKNOWN,
                    NOW)))
        .isNotNull();
  }

  @Test
  void ofManyLoginsAtOnceAsManyStayAsTheLimitSays() {
    List<CompletionStage<SessionLookup>> logins =
        IntStream.range(0, 12).mapToObj(_ -> beginning(evicting, NOW)).toList();

    assertThat(live(logins)).hasSize(2);
  }

  @Test
  void ofManyLoginsAtOnceNoMoreAreLetInThanTheLimitSays() {
    List<CompletionStage<SessionLookup>> logins =
        IntStream.range(0, 12).mapToObj(_ -> beginning(refusing, NOW)).toList();

    assertThat(live(logins)).hasSizeLessThanOrEqualTo(2);
  }

  private List<Session> live(List<CompletionStage<SessionLookup>> logins) {
    List<SessionLookup> answers = logins.stream().map(SessionFixtures::answer).toList();
    return answers.stream()
        .filter(SessionLookup.Found.class::isInstance)
        .map(lookup -> ((SessionLookup.Found) lookup).session())
        .filter(session -> find(session) instanceof SessionLookup.Found)
        .toList();
  }

  @Test
  void anAbsoluteTimeoutThatIsMadeShorterEndsSessionsThatLive() {
    Session session = begun(evicting);
    SessionConfig shorter =
        new SessionConfig(
            Duration.ofMinutes(10),
            Duration.ofMinutes(10),
            config().refresh(),
            config().maxPerUser(),
            config().store());
    Sessions sessions = new Sessions(store(), keys, shorter, new Metrics());

    assertThat(answer(sessions.find(session.secret(), NOW + 599_999)))
        .isInstanceOf(SessionLookup.Found.class);
    assertThat(answer(sessions.find(session.secret(), NOW + 600_000)))
        .isEqualTo(new SessionLookup.None(Reason.SESSION_EXPIRED));
  }
}
