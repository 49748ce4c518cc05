package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.HeaderField;
import dev.limen.session.Identity;
import dev.limen.session.RefreshLease;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionLookup;
import dev.limen.session.Tokens;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A long walk of logins, renewals, logouts, hours that pass and a great many checks, each answer
 * against a model that shares no code with what it judges: a list of people, when they came, when
 * they were last seen, and what they may.
 */
@NullMarked
class DecisionOracleTest {
  private static final int CHECKS = Integer.getInteger("limen.oracle.checks", 100_000);
  private static final long SEED = Long.getLong("limen.oracle.seed", 61_126);

  private static final String ROUTES =
      """
      { match: { path: /public/* }, mode: public },
      { match: { path: /closed/* }, mode: deny },
      { match: { path: /maybe/* }, mode: optional },
      { match: { path: /ops/* }, mode: login, require: { realmRole: ops } }
      """;

  private static final List<String> PLACES =
      List.of("/orders", "/public/x", "/closed/x", "/maybe/x", "/ops/x");
  private static final int PEOPLE = 40;
  private static final int MOST_SESSIONS = 400;
  private static final long IDLE = Duration.ofHours(1).toMillis();
  private static final long ABSOLUTE = Duration.ofHours(12).toMillis();

  /** A note of use is written so often at most; in between the model does not know. */
  private static final long NOTE = Duration.ofMinutes(1).toMillis();

  private final Random random = new Random(SEED);
  private final List<Known> sessions = new ArrayList<>();
  private final Map<String, Integer> answers = new HashMap<>();
  private long now = House.NOW;
  private int wrongAllows;
  private int wrongRefusals;

  /** What the model knows of one session. */
  private static final class Known {
    final Session session;
    final String cookie;
    final String person;
    final long bornAt;
    boolean isOps;
    long tokensEndAt;
    long lastUsedAt;
    boolean hasEnded;

    Known(Session session, String cookie, String person, long bornAt) {
      this.session = session;
      this.cookie = cookie;
      this.person = person;
      this.bornAt = bornAt;
      this.lastUsedAt = bornAt;
    }
  }

  private enum Life {
    LIVE,
    OVER,
    /** Within a minute of its idle end: either is right. */
    UNKNOWN
  }

  @Test
  void noCheckIsAllowedThatTheModelWouldRefuseAndNoneIsRefusedThatItWouldAllow()
      throws IOException {
    System.out.println("decision oracle: checks=" + CHECKS + " seed=" + SEED);
    try (House house = House.with(ROUTES)) {
      for (int i = 0; i < CHECKS; i++) {
        if (i % 50 == 0) {
          happens(house);
        }
        check(house);
      }
    }
    System.out.println("decision oracle: " + answers);
    assertThat(wrongAllows).as("wrong allows").isZero();
    assertThat(wrongRefusals).as("wrong refusals").isZero();
    assertThat(answers).hasSize(8).allSatisfy((_, count) -> assertThat(count).isGreaterThan(9));
  }

  private void happens(House house) {
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> login(house);
      case 3 -> logout(house);
      case 4, 5 -> renew(house);
      case 6 -> now += random.nextLong(Duration.ofSeconds(90).toMillis());
      default -> {
        if (random.nextInt(20) == 0) {
          now += random.nextLong(Duration.ofHours(2).toMillis());
        }
      }
    }
  }

  private void login(House house) {
    String person = "p" + random.nextInt(PEOPLE);
    boolean isOps = random.nextInt(3) == 0;
    long end = now + 1 + random.nextLong(ABSOLUTE * 2);
    Session session =
        house
            .sessions
            .create(identity(person, isOps), tokens(person, end), SessionContext.UNKNOWN, now)
            .toCompletableFuture()
            .join();
    Known known = new Known(session, house.cookieOf(session), person, now);
    known.isOps = isOps;
    known.tokensEndAt = end;
    if (sessions.size() >= MOST_SESSIONS) {
      sessions.remove(random.nextInt(sessions.size()));
    }
    sessions.add(known);
  }

  private void logout(House house) {
    Known known = any();
    if (known != null) {
      house.sessions.end(known.session.key()).toCompletableFuture().join();
      known.hasEnded = true;
    }
  }

  /** New tokens and claims, as a refresh brings them: of the record as it is now, or too late. */
  private void renew(House house) {
    Known known = any();
    if (known == null) {
      return;
    }
    if (!known.hasEnded && lifeOf(known) != Life.LIVE) {
      // Nobody renews what time has ended; what somebody has ended must not come back.
      return;
    }
    boolean isStale = known.hasEnded || random.nextInt(4) == 0;
    boolean isOps = random.nextBoolean();
    long end = now + 1 + random.nextLong(ABSOLUTE);
    Session old = isStale ? known.session : stored(house, known);
    if (old == null) {
      return;
    }
    boolean wasNewest = old.version() == 1 || !isStale;
    RefreshLease lease =
        Objects.requireNonNull(
            house.sessions.lease(old.key()).toCompletableFuture().join(), "nobody else renews");
    Session renewed =
        house
            .sessions
            .renew(lease, old, tokens(known.person, end), identity(known.person, isOps), now)
            .toCompletableFuture()
            .join();
    house.sessions.release(lease).toCompletableFuture().join();
    if (renewed != null && wasNewest) {
      known.isOps = isOps;
      known.tokensEndAt = end;
      known.lastUsedAt = Math.max(known.lastUsedAt, now);
    }
  }

  private @Nullable Session stored(House house, Known known) {
    SessionLookup lookup =
        house.sessions.find(known.session.secret(), now).toCompletableFuture().join();
    if (lookup instanceof SessionLookup.Found(Session session)) {
      known.lastUsedAt = now;
      return session;
    }
    return null;
  }

  private void check(House house) {
    Known known = random.nextInt(10) == 0 ? null : any();
    String place = PLACES.get(random.nextInt(PLACES.size()));
    boolean isTampered = known != null && random.nextInt(20) == 0;
    Requests request = Requests.get(place).header("x-auth-request-user: planted");
    if (known != null) {
      request = request.header("cookie: " + (isTampered ? tampered(known.cookie) : known.cookie));
    }
    AtomicReference<@Nullable Decision> answer = new AtomicReference<>();
    house.authorizer.authorize(request.build(), now, answer::set);
    Decision decision = answer.get();
    if (decision == null) {
      // It waits for somebody, which in one process with its store in memory nobody is.
      throw new AssertionError("no answer");
    }
    judge(known == null || isTampered ? null : known, place, decision);
  }

  private void judge(@Nullable Known known, String place, Decision decision) {
    Life life = known == null ? Life.OVER : lifeOf(known);
    boolean isAllowed = decision instanceof Decision.Allow;
    String identity = identityIn(decision);
    answers.merge(
        place + (isAllowed ? " as " + (identity == null ? "nobody" : "somebody") : " no"),
        1,
        Integer::sum);
    String person = known == null ? "" : known.person;
    if (isAllowed && identity != null && (life == Life.OVER || !identity.equals(person))) {
      wrongAllows++;
    }
    boolean isSomebody = life == Life.LIVE;
    boolean isNobody = life == Life.OVER;
    switch (place) {
      case "/public/x" -> expect(isAllowed && identity == null, isAllowed);
      case "/closed/x" -> expect(!isAllowed, isAllowed);
      case "/maybe/x" ->
          expect(
              isAllowed && (identity == null ? !isSomebody : !isNobody),
              isAllowed && identity != null);
      case "/orders" -> expect(isAllowed ? !isNobody : !isSomebody, isAllowed);
      default -> {
        boolean isOps = known != null && known.isOps;
        expect(isAllowed ? isOps && !isNobody : !isOps || !isSomebody, isAllowed);
      }
    }
    boolean isSeen = !place.startsWith("/public") && !place.startsWith("/closed");
    if (known != null && isSeen) {
      // What has nothing to be renewed with is forgotten when somebody comes with it in time.
      boolean isForgotten = isWithinItsTime(known) && now >= known.tokensEndAt;
      known.hasEnded |= isForgotten;
      boolean isNearlyIdle = now - known.lastUsedAt > IDLE - NOTE;
      if (isNearlyIdle && (isForgotten || (life == Life.UNKNOWN && identity == null))) {
        // Forgotten, or refused for its role, or found idle: from here on nobody knows which.
        sessions.remove(known);
      }
      known.lastUsedAt = life == Life.OVER ? known.lastUsedAt : now;
    }
  }

  private void expect(boolean holds, boolean isAllowed) {
    if (!holds && isAllowed) {
      wrongAllows++;
    } else if (!holds) {
      wrongRefusals++;
    }
  }

  private Life lifeOf(Known known) {
    long idle = now - known.lastUsedAt;
    boolean isOver = known.hasEnded || now >= known.tokensEndAt || !isWithinItsTime(known);
    return isOver ? Life.OVER : idle > IDLE - NOTE ? Life.UNKNOWN : Life.LIVE;
  }

  private boolean isWithinItsTime(Known known) {
    return now < known.bornAt + ABSOLUTE && now - known.lastUsedAt <= IDLE;
  }

  private @Nullable Known any() {
    return sessions.isEmpty() ? null : sessions.get(random.nextInt(sessions.size()));
  }

  /** One character less, more, or another one: somewhere, so that it is another cookie. */
  private String tampered(String cookie) {
    int start = "__Host-limen=".length();
    int at = start + random.nextInt(cookie.length() - start);
    return switch (random.nextInt(3)) {
      case 0 -> cookie.substring(0, at) + cookie.substring(at + 1);
      case 1 -> cookie.substring(0, at) + "A" + cookie.substring(at);
      default ->
          cookie.substring(0, at)
              + (cookie.charAt(at) == 'x' ? 'y' : 'x')
              + cookie.substring(at + 1);
    };
  }

  private static @Nullable String identityIn(Decision decision) {
    if (!(decision instanceof Decision.Allow allow)) {
      return null;
    }
    String user = null;
    String token = null;
    for (HeaderField field : allow.mutations().set()) {
      switch (field.name()) {
        case "x-auth-request-user" -> user = field.value();
        case "x-auth-request-access-token" -> token = field.value();
        default -> {}
      }
    }
    String ofToken = token == null ? null : token.substring("access.of.".length());
    return Objects.equals(user, ofToken) ? user : "two people";
  }

  private static Identity identity(String person, boolean isOps) {
    return new Identity(
        "main",
        "http://idp.example",
        person,
        person,
        null,
        person + "@example.com",
        person,
        List.of("staff"),
        isOps ? List.of("ops") : List.of(),
        Map.of(),
        null,
        null,
        List.of(),
        0);
  }

  private static Tokens tokens(String person, long end) {
    return new Tokens("id.of." + person, "access.of." + person, null, end, 0, 0);
  }
}
