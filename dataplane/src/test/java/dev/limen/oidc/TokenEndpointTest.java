package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.ProviderConfig;
import dev.limen.session.Tokens;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How codes and refresh tokens are presented, and what the answers mean. */
class TokenEndpointTest {
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final WireProvider provider = new WireProvider();

  @AfterEach
  void stop() {
    provider.close();
    executor.shutdownNow();
  }

  private TokenAnswer refresh(Consumer<Providers> change) {
    ProviderConfig config = Providers.with(change);
    try (BackChannel channel = new BackChannel(IssuerSource.of(config), executor)) {
      return new TokenEndpoint(config, channel)
          .refresh(provider.uri(WireProvider.TOKEN), "a-refresh-token");
    }
  }

  private TokenAnswer refresh(int status, String body) {
    provider.answer(WireProvider.TOKEN, WireProvider.status(status, "application/json", body));
    return refresh(_ -> {});
  }

  private WireProvider.Seen seen() {
    return provider.requests(WireProvider.TOKEN).getLast();
  }

  @Nested
  class TheRequest {
    @Test
    @DisplayName("RFC 6749, section 2.3.1: id and secret are form-encoded, then joined")
    void basicCredentialsAreFormEncodedFirst() {
      refresh(draft -> {
        draft.clientId = "li:men%ä";
        draft.secret = "p:a ss+%ö";
      });
      String encoded = seen().header("Authorization").substring("Basic ".length());
      assertThat(new String(Base64.getDecoder().decode(encoded), StandardCharsets.US_ASCII))
          .isEqualTo("li%3Amen%25%C3%A4:p%3Aa%20ss%2B%25%C3%B6");
      assertThat(seen().body()).isEqualTo("grant_type=refresh_token&refresh_token=a-refresh-token");
    }

    @Test
    @DisplayName("RFC 6749, section 2.3.1: or both are in the form, and nowhere else")
    void postedCredentialsAreInTheForm() {
      refresh(draft -> {
        draft.clientAuth = ProviderConfig.ClientAuth.CLIENT_SECRET_POST;
        draft.secret = "a&b=c";
      });
      assertThat(seen().header("Authorization")).isEmpty();
      assertThat(seen().body())
          .isEqualTo(
              "grant_type=refresh_token&refresh_token=a-refresh-token"
                  + "&client_id=limen&client_secret=a%26b%3Dc");
    }

    @Test
    @DisplayName("RFC 6749, section 4.1.3; RFC 7636, section 4.5")
    void aCodeIsPresentedWithItsVerifier() {
      ProviderConfig config = Providers.standard();
      try (BackChannel channel = new BackChannel(IssuerSource.of(config), executor)) {
        new TokenEndpoint(config, channel)
            .redeem(
                provider.uri(WireProvider.TOKEN),
                "a code&more",
                "a-verifier",
                "http://localhost:8080/oauth2/callback");
      }
      assertThat(seen().body())
          .isEqualTo(
              "grant_type=authorization_code&code=a%20code%26more"
                  + "&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Foauth2%2Fcallback"
                  + "&code_verifier=a-verifier");
      assertThat(seen().header("Content-type")).isEqualTo("application/x-www-form-urlencoded");
    }
  }

  @Nested
  @DisplayName("Facts, section 4.3: the table of answers")
  class TheAnswer {
    private static final TokenAnswer MALFORMED = new TokenAnswer.Failed(Outcome.MALFORMED);

    @Test
    void withTokensIsGranted() {
      TokenAnswer answer =
          refresh(
              200,
              "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":60,"
                  + "\"refresh_token\":\"r\",\"refresh_expires_in\":1800,\"id_token\":\"i\"}");
      assertThat(answer).isEqualTo(new TokenAnswer.Granted("a", "i", "r", 60, 1800));
      assertThat(answer).hasToString("Granted");
    }

    @Test
    void mayLeaveOutWhatIsOptional() {
      assertThat(refresh(200, "{\"access_token\":\"a\",\"token_type\":\"bearer\"}"))
          .isEqualTo(new TokenAnswer.Granted("a", null, null, -1, 0));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{}",
          "{\"access_token\":\"a\"}",
          "{\"token_type\":\"Bearer\"}",
          "{\"access_token\":\"\",\"token_type\":\"Bearer\"}",
          "{\"access_token\":1,\"token_type\":\"Bearer\"}",
          "{\"access_token\":\"a\",\"token_type\":\"mac\"}",
          "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":7}",
          "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"\"}",
          "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"refresh_token\":{}}",
          "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"error\":\"invalid_grant\"}",
          "{\"error\":\"invalid_grant\"}",
          "{\"error\":\"invalid_client\"}",
          "{\"access_token\":\"a\",\"access_token\":\"b\",\"token_type\":\"Bearer\"}",
          "<html></html>"
        })
    @DisplayName("A67: 200 that is no grant is nothing definitive, whatever error it carries")
    void ofStatus200WithoutAGrantIsNothing(String body) {
      assertThat(refresh(200, body)).isEqualTo(MALFORMED);
    }

    @Test
    void thatTheGrantIsInvalidIsDefinitive() {
      assertThat(refresh(400, "{\"error\":\"invalid_grant\",\"error_description\":\"Stale\"}"))
          .isEqualTo(new TokenAnswer.InvalidGrant());
    }

    @ParameterizedTest
    @CsvSource({
      "400, invalid_client",
      "400, unauthorized_client",
      "401, invalid_client",
      "401, unauthorized_client",
      "401, invalid_grant"
    })
    void thatTheClientIsRefusedIsAnOperatorsMatter(int status, String error) {
      assertThat(refresh(status, "{\"error\":\"" + error + "\"}"))
          .isEqualTo(new TokenAnswer.ClientRefused());
    }

    @Test
    void ofStatus401IsAboutTheClientEvenWithoutJson() {
      provider.answer(WireProvider.TOKEN, WireProvider.status(401, "text/html", "<html></html>"));
      assertThat(refresh(_ -> {})).isEqualTo(new TokenAnswer.ClientRefused());
    }

    @ParameterizedTest
    @ValueSource(strings = {"invalid_request", "invalid_scope", "unsupported_grant_type", "x"})
    void withAnotherErrorIsNotDefinitive(String error) {
      assertThat(refresh(400, "{\"error\":\"" + error + "\"}"))
          .isEqualTo(new TokenAnswer.ErrorAnswer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"error\":1}", "<html></html>", ""})
    void ofStatus400WithoutAnErrorIsNothing(String body) {
      assertThat(refresh(400, body)).isEqualTo(MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 429, 500, 502, 503, 504})
    void ofAnotherStatusIsNothingWhateverItSays(int status) {
      assertThat(refresh(status, "{\"error\":\"invalid_grant\"}"))
          .isEqualTo(new TokenAnswer.Failed(Outcome.UNEXPECTED_STATUS));
    }

    @Test
    @DisplayName("A67: an answer is read up to 256 KiB, and not one byte further")
    void isReadUpToItsLimit() {
      String grant = "{\"access_token\":\"%s\",\"token_type\":\"Bearer\"}";
      int room = TokenEndpoint.MAX_ANSWER_BYTES - grant.formatted("").length();
      assertThat(refresh(200, grant.formatted("a".repeat(room))))
          .isInstanceOf(TokenAnswer.Granted.class);
      assertThat(refresh(200, grant.formatted("a".repeat(room + 1))))
          .isEqualTo(new TokenAnswer.Failed(Outcome.TOO_LARGE));
    }

    @Test
    @DisplayName("A67: an answer that trickles in is not waited for")
    void hasADeadlineAsAWhole() {
      provider.answer(WireProvider.TOKEN, provider.trickle(20));
      assertThat(refresh(draft -> draft.total = Duration.ofMillis(250)))
          .isEqualTo(new TokenAnswer.Failed(Outcome.TIMEOUT));
    }

    @ParameterizedTest
    @CsvSource({"-1, -1", "0, -1", "60.9, 60", "1e11, 315360000", "1e300, -1", "'\"60\"', -1"})
    void hasALifetimeWithinBounds(String said, long meant) {
      TokenAnswer answer =
          refresh(
              200,
              "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":" + said + "}");
      assertThat(answer).isEqualTo(new TokenAnswer.Granted("a", null, null, meant, 0));
    }
  }

  @Nested
  class TheTokensOfASession {
    private final Tokens before = new Tokens("i0", "a0", "r0", 1_000, 50_000);

    @Test
    void liveFromTheMomentOfTheRequest() {
      Tokens tokens =
          new TokenAnswer.Granted("a1", "i1", "r1", 60, 1800).tokens("i1", 0, before, 10_000);
      assertThat(tokens).isEqualTo(new Tokens("i1", "a1", "r1", 70_000, 1_810_000, 10_000));
    }

    @Test
    @DisplayName("RFC 6749, section 6: a refresh token that is not replaced stays")
    void keepARefreshTokenThatIsNotReplaced() {
      Tokens tokens =
          new TokenAnswer.Granted("a1", "i1", null, 60, 0).tokens("i1", 0, before, 10_000);
      assertThat(tokens).isEqualTo(new Tokens("i1", "a1", "r0", 70_000, 50_000, 10_000));
    }

    @Test
    void forgetTheEndOfARefreshTokenThatIsReplaced() {
      Tokens tokens =
          new TokenAnswer.Granted("a1", "i1", "r1", 60, 0).tokens("i1", 0, before, 10_000);
      assertThat(tokens.refreshTokenExpiresAtMillis()).isZero();
    }

    @Test
    void endWhenTheIdTokenEndsIfNothingElseIsSaid() {
      Tokens tokens =
          new TokenAnswer.Granted("a1", "i1", null, -1, 0).tokens("i1", 99_000, null, 10_000);
      assertThat(tokens).isEqualTo(new Tokens("i1", "a1", null, 99_000, 0, 10_000, 99_000));
    }
  }

  @Test
  @DisplayName("The wait for a turn and the answer share one deadline")
  void theWaitCountsTowardsTheWholeAnswer() throws Exception {
    AtomicInteger arrived = new AtomicInteger();
    CountDownLatch turnsEnd = new CountDownLatch(1);
    provider.answer(
        WireProvider.TOKEN,
        exchange -> {
          if (arrived.incrementAndGet() <= TokenEndpoint.MAX_UNDER_WAY) {
            Waiting.until("the turns end", () -> turnsEnd.getCount() == 0);
          } else {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1_500));
          }
          WireProvider.status(400, "application/json", "{\"error\":\"invalid_grant\"}")
              .handle(exchange);
        });
    ProviderConfig config = Providers.with(draft -> draft.total = Duration.ofSeconds(3));
    try (BackChannel channel = new BackChannel(IssuerSource.of(config), executor)) {
      TokenEndpoint endpoint = new TokenEndpoint(config, channel);
      for (int i = 0; i < TokenEndpoint.MAX_UNDER_WAY; i++) {
        executor.execute(() -> endpoint.refresh(provider.uri(WireProvider.TOKEN), "r"));
      }
      Waiting.until("all turns are taken", () -> arrived.get() >= TokenEndpoint.MAX_UNDER_WAY);
      long asked = System.nanoTime();
      executor.execute(() -> {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2_000));
        turnsEnd.countDown();
      });
      TokenAnswer late = endpoint.refresh(provider.uri(WireProvider.TOKEN), "r");
      long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked);
      assertThat(late).isInstanceOf(TokenAnswer.Failed.class);
      assertThat(took).isLessThan(4_400);
    }
  }

  @Test
  @DisplayName("G5: a wave of refreshes is at most 64 requests at once")
  void aWaveIsBounded() throws InterruptedException {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    provider.answer(
        WireProvider.TOKEN,
        exchange -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          LockSupport.parkNanos(20_000_000);
          now.decrementAndGet();
          WireProvider.status(400, "application/json", "{\"error\":\"invalid_grant\"}")
              .handle(exchange);
        });
    ProviderConfig config = Providers.standard();
    try (BackChannel channel = new BackChannel(IssuerSource.of(config), executor)) {
      TokenEndpoint endpoint = new TokenEndpoint(config, channel);
      CountDownLatch done = new CountDownLatch(300);
      for (int i = 0; i < 300; i++) {
        executor.execute(() -> {
          endpoint.refresh(provider.uri(WireProvider.TOKEN), "r");
          done.countDown();
        });
      }
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(most.get()).isBetween(2, TokenEndpoint.MAX_UNDER_WAY);
  }
}
