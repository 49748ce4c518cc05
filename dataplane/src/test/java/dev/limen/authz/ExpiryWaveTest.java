package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.devidp.RequestRecord;
import dev.limen.oidc.AuthorizationRequest;
import dev.limen.oidc.SentRequest;
import dev.limen.oidc.TokenOutcome;
import dev.limen.session.memory.MemoryStore;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Five hundred sessions that expire together, at a strict provider that needs a second. */
@NullMarked
class ExpiryWaveTest {
  private static final int SESSIONS = 500;
  private static final int MAX_IN_FLIGHT = 64;
  private static final Duration LIFE = Duration.ofSeconds(60);
  private static final Duration PROVIDER = Duration.ofSeconds(1);
  private static final String CALLBACK = "http://localhost:8080/oauth2/callback";
  private static final String VERIFIER = "v".repeat(43);

  private House house;

  /** When each refresh was answered, on the provider's thread. */
  private final ConcurrentLinkedQueue<Long> answeredNanos = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void build() throws IOException {
    house =
        House.with(
            "",
            new MemoryStore(),
            idp -> idp.withAccessTokenLifetime(LIFE).withSigningAlgorithm("ES256"));
    house.idp.log().addListener(this::note);
  }

  @AfterEach
  void close() {
    house.close();
  }

  private void note(RequestRecord request) {
    if (request.is(RequestKind.TOKEN_REFRESH, "ok")) {
      answeredNanos.add(System.nanoTime());
    }
  }

  /** A session with tokens of the provider, without the browser's way round. */
  private Requests signedIn(int number)
      throws IOException, InterruptedException, GeneralSecurityException {
    String nonce = "nonce-" + number;
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(VERIFIER.getBytes(US_ASCII));
    String challenge = Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    String url =
        house.provider.authorizationUrl(
            new AuthorizationRequest("state", nonce, challenge, CALLBACK, Map.of()));
    String back = Visitor.signIn(Objects.requireNonNull(url), "alice");
    String code =
        Arrays.stream(URI.create(back).getRawQuery().split("&"))
            .filter(parameter -> parameter.startsWith("code="))
            .map(parameter -> parameter.substring("code=".length()))
            .findFirst()
            .orElseThrow();
    TokenOutcome outcome =
        house
            .provider
            .redeem(code, VERIFIER, CALLBACK, new SentRequest(nonce, SentRequest.NO_MAX_AGE))
            .toCompletableFuture()
            .orTimeout(60, TimeUnit.SECONDS)
            .join();
    TokenOutcome.Granted granted = (TokenOutcome.Granted) outcome;
    return get("/orders")
        .header("cookie: " + house.cookieOf(house.created(granted.identity(), granted.tokens())));
  }

  private List<Requests> everybody() throws Exception {
    List<Future<Requests>> logins = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < SESSIONS; i++) {
        int number = i;
        logins.add(threads.submit(() -> signedIn(number)));
      }
    }
    List<Requests> requests = new ArrayList<>();
    for (Future<Requests> login : logins) {
      requests.add(login.get());
    }
    return requests;
  }

  /** The answer that is there by the time that the question was put. */
  private Decision atOnce(Requests request) {
    CompletableFuture<Decision> answer = new CompletableFuture<>();
    house.authorizer.authorize(request.build(), house.clock.millis(), answer::complete);
    assertThat(answer).as("a check whose token is still good waits for nothing").isDone();
    return answer.join();
  }

  @Test
  @DisplayName(
      "500 sessions expiring in the same second, provider at 1 s: at most 64 in flight, none twice,"
          + " no check waits whose token is still valid")
  void aWaveOfExpiriesIsNoWaveAtTheProvider() throws Exception {
    List<Requests> requests = everybody();
    house.idp.faults().delayBy(PROVIDER);
    house.idp.faults().switchOn(Fault.SLOW);
    house.clock.advance(LIFE.minusSeconds(5));

    for (int round = 0; round < 3; round++) {
      assertThat(requests)
          .allSatisfy(request -> assertThat(atOnce(request)).isInstanceOf(Decision.Allow.class));
    }
    house
        .idp
        .log()
        .awaitCount(
            SESSIONS, record -> record.kind() == RequestKind.TOKEN_REFRESH, Duration.ofMinutes(2));
    awaitQuiet();

    assertThat(house.idp.log().of(RequestKind.TOKEN_REFRESH))
        .as("a token that is presented twice ends its session at this provider")
        .hasSize(SESSIONS)
        .allMatch(record -> record.outcome().equals("ok"));
    assertThat(mostWithin(PROVIDER)).isLessThanOrEqualTo(MAX_IN_FLIGHT);
    house.clock.advance(Duration.ofSeconds(10));
    assertThat(requests)
        .allSatisfy(request -> assertThat(atOnce(request)).isInstanceOf(Decision.Allow.class));
  }

  /** What is under way has come back and is stored. */
  private void awaitQuiet() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!String.valueOf(house.metric("limen_refreshes_total{outcome=\"renewed\"}"))
        .endsWith(" " + (double) SESSIONS)) {
      assertThat(System.nanoTime()).as("all are renewed in time").isLessThan(end);
      Thread.sleep(20);
    }
  }

  /**
   * Each request takes the provider a second at least, so those that it answers within less than a
   * second were all in flight at once.
   */
  private int mostWithin(Duration time) {
    List<Long> sorted = answeredNanos.stream().sorted().collect(Collectors.toList());
    int most = 0;
    int first = 0;
    for (int last = 0; last < sorted.size(); last++) {
      while (sorted.get(last) - sorted.get(first) >= time.toNanos()) {
        first++;
      }
      most = Math.max(most, last - first + 1);
    }
    return most;
  }
}
