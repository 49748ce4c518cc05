package dev.limen.faults;

import dev.limen.demo.http.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Knows every login and every end, and judges every answer; shares no code with what it judges.
 *
 * <p>Invariant: it judges by what was acknowledged before the question was asked, so that an answer
 * that crosses an act on its way is never held against anyone. Safe for all threads.
 */
final class Oracle {
  /** What an answer may be found guilty of. */
  enum Finding {
    /** I1: an allow with somebody else's identity, or with none. */
    WRONG_IDENTITY,
    /** I4, I6: an allow for a session whose end was acknowledged. */
    ALLOWED_AFTER_ITS_END,
    /** An allow with a token that had expired. */
    EXPIRED_TOKEN,
    /** I7: the cookie of a live session was taken away while it was not lost. */
    COOKIE_CLEARED,
    /** Neither an allow nor a refusal nor a 503. */
    STRANGE
  }

  /** Clocks of one machine, and the way that an answer goes. */
  private static final long TOKEN_LEEWAY_SECONDS = 5;

  private static final Pattern NAME = Pattern.compile("\"preferred_username\":\"([^\"]*)\"");
  private static final Pattern EXPIRES = Pattern.compile("\"exp\":(\\d+)");

  private final Weather weather;
  private final Map<Finding, List<String>> findings = new EnumMap<>(Finding.class);
  private final Map<String, Session> byUser = new ConcurrentHashMap<>();
  private final List<Session> dead = new ArrayList<>();
  private final List<Loss> losses = new ArrayList<>();
  private final List<Failure> failures = new ArrayList<>();
  private long judged;
  private long allowed;
  private long refused;
  private long inGoodWeather;

  /** One login, as the browser has it. */
  static final class Session {
    final String cookie;
    final String user;
    final Instant bornAt = Instant.now();
    volatile long endAskedNanos = Long.MAX_VALUE;
    volatile long endedNanos = Long.MAX_VALUE;
    volatile boolean isLost;

    /** Until when the tokens that an upstream was last given are good; 0 until then. */
    volatile long tokensEndAtSeconds;

    /** The claim {@code sub}, as an upstream was told; empty until then. */
    volatile String subject = "";

    Session(String cookie, String user) {
      this.cookie = cookie;
      this.user = user;
    }

    boolean mayHaveEnded() {
      return endAskedNanos != Long.MAX_VALUE;
    }
  }

  /** A session that was not known any more. */
  record Loss(Session session, Instant at, String weather) {}

  /**
   * Who asked what, and when.
   *
   * @param id that no other question has, and that stands in the log of whoever answers
   * @param tokensEndAtSeconds those that an upstream was last given before it was asked
   */
  record Question(
      String id, Session session, String replica, long askedNanos, long tokensEndAtSeconds) {
    Question(String id, Session session, String replica) {
      this(id, session, replica, System.nanoTime(), session.tokensEndAtSeconds);
    }

    /** From when it was asked until now; not once the session may have ended. */
    boolean hasGoodTokens() {
      return !session.mayHaveEnded() && Instant.now().getEpochSecond() < tokensEndAtSeconds;
    }
  }

  Oracle(Weather weather) {
    this.weather = weather;
  }

  /** The user has a cookie in hand: from now on it must work (I8). */
  Session signedIn(String user, String cookie) {
    Session session = new Session(cookie, user);
    byUser.put(user, session);
    return session;
  }

  /** From now on the session may end at any time. */
  void endAsked(Session session) {
    session.endAskedNanos = System.nanoTime();
    byUser.remove(session.user, session);
  }

  /** From now on no question may be answered with an allow. */
  void endAcknowledged(Session session) {
    session.endedNanos = System.nanoTime();
    synchronized (this) {
      dead.add(session);
    }
  }

  Collection<Session> live() {
    return byUser.values();
  }

  @Nullable Session liveOf(String user) {
    return byUser.get(user);
  }

  synchronized List<Session> ended() {
    return List.copyOf(dead);
  }

  /** No answer came. */
  synchronized void unanswered(Question question) {
    countTheWeather(question);
    failed(question, Failure.Told.NOTHING);
  }

  synchronized void answered(Question question, Reply reply) {
    judged++;
    countTheWeather(question);
    switch (reply.status()) {
      case 200 -> judgeAllow(question, reply);
      case 401, 302 -> judgeRefusal(question);
      case 503 -> {
        failed(question, Failure.Told.UNAVAILABLE);
        requireNoCookieCleared(question, reply);
      }
      default -> found(Finding.STRANGE, question, "status=" + reply.status());
    }
  }

  private void judgeAllow(Question question, Reply reply) {
    allowed++;
    Session session = question.session();
    String identity = identityOf(reply);
    if (!identity.equals(session.user)) {
      found(Finding.WRONG_IDENTITY, question, "as " + identity);
    }
    session.subject = String.valueOf(reply.header("x-auth-request-user"));
    if (question.askedNanos() - session.endedNanos >= 0 && session.endedNanos != Long.MAX_VALUE) {
      found(Finding.ALLOWED_AFTER_ITS_END, question, "");
    }
    long latest = Instant.now().getEpochSecond() - secondsSince(question.askedNanos());
    long expiry = expiryOf(reply.header("x-auth-request-access-token"));
    if (expiry + TOKEN_LEEWAY_SECONDS < latest) {
      found(Finding.EXPIRED_TOKEN, question, "late by s=" + (latest - expiry));
    }
    session.tokensEndAtSeconds = Math.min(expiry, expiryOf(reply.header("authorization")));
    requireNoCookieCleared(question, reply);
  }

  private void judgeRefusal(Question question) {
    refused++;
    Session session = question.session();
    if (session.mayHaveEnded() || session.isLost) {
      return;
    }
    session.isLost = true;
    byUser.remove(session.user, session);
    losses.add(
        new Loss(
            session, Instant.now(), weather.between(question.askedNanos(), System.nanoTime())));
  }

  /** One name in all that an upstream gets, or a word that no user has. */
  private static String identityOf(Reply reply) {
    String name = String.valueOf(reply.header("x-auth-request-preferred-username"));
    String email = String.valueOf(reply.header("x-auth-request-email"));
    String idToken = claim(NAME, reply.header("authorization"));
    String accessToken = claim(NAME, reply.header("x-auth-request-access-token"));
    boolean isOne =
        email.equals(name + "@example.com") && idToken.equals(name) && accessToken.equals(name);
    return isOne ? name : "several: " + List.of(name, email, idToken, accessToken);
  }

  private static long expiryOf(@Nullable String token) {
    String expiry = claim(EXPIRES, token);
    return expiry.isEmpty() ? 0 : Long.parseLong(expiry);
  }

  private static String claim(Pattern pattern, @Nullable String token) {
    String[] parts = token == null ? new String[0] : token.split("\\.");
    if (parts.length != 3) {
      return "";
    }
    byte[] payload = Base64.getUrlDecoder().decode(parts[1]);
    Matcher matcher = pattern.matcher(new String(payload, StandardCharsets.UTF_8));
    return matcher.find() ? matcher.group(1) : "";
  }

  private static long secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000_000;
  }

  private void countTheWeather(Question question) {
    inGoodWeather += weather.between(question.askedNanos(), System.nanoTime()).isEmpty() ? 1 : 0;
  }

  private void failed(Question question, Failure.Told what) {
    long asked = question.askedNanos();
    long told = System.nanoTime();
    String fault = weather.between(asked, told);
    failures.add(new Failure(question, told, what, fault, question.hasGoodTokens()));
  }

  private void requireNoCookieCleared(Question question, Reply reply) {
    if (Person.clearsTheSession(reply)) {
      found(Finding.COOKIE_CLEARED, question, "status=" + reply.status());
    }
  }

  private void found(Finding finding, Question question, String what) {
    String fault = weather.between(question.askedNanos(), System.nanoTime());
    findings
        .computeIfAbsent(finding, _ -> new ArrayList<>())
        .add(question.session().user + " at " + question.replica() + " " + what + " " + fault);
  }

  synchronized List<String> of(Finding finding) {
    return List.copyOf(findings.getOrDefault(finding, List.of()));
  }

  /** Of every sort. */
  synchronized int wrongAllows() {
    return of(Finding.WRONG_IDENTITY).size()
        + of(Finding.ALLOWED_AFTER_ITS_END).size()
        + of(Finding.EXPIRED_TOKEN).size();
  }

  synchronized List<Loss> losses() {
    return List.copyOf(losses);
  }

  synchronized long judged() {
    return judged;
  }

  /** Questions that began and ended with no fault on, and none just over. */
  synchronized long inGoodWeather() {
    return inGoodWeather;
  }

  /** With no fault on, none just over, and a machine that had time. */
  synchronized List<Failure> failedInGoodWeather() {
    // Looked at again: that the machine was busy may have been seen a moment later.
    return failures.stream()
        .filter(one -> weather.between(one.question().askedNanos(), one.toldNanos()).isEmpty())
        .toList();
  }

  /** With nothing on but processes that were killed, and a machine that had time. */
  synchronized List<Failure> failedInKills() {
    return failures.stream()
        .filter(one -> weather.isOnlyKills(one.question().askedNanos(), one.toldNanos()))
        .toList();
  }

  synchronized List<Failure> failures() {
    return List.copyOf(failures);
  }

  /** Answers of each sort, for the report. */
  synchronized String figures() {
    return "judged="
        + judged
        + " allowed="
        + allowed
        + " refused="
        + refused
        + " 503="
        + failures.stream().filter(failure -> !failure.isUnanswered()).count()
        + " unanswered="
        + failures.stream().filter(Failure::isUnanswered).count();
  }
}
