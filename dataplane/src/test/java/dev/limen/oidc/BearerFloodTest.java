package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.limen.check.Reason;
import dev.limen.config.BearerConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Tokens in great numbers, and issuers that do not answer. */
class BearerFloodTest {
  private static final BearerOutcome KEYS_AWAY =
      new BearerOutcome.Unavailable(Reason.BEARER_KEYS_UNAVAILABLE);
  private static final BearerOutcome KEY_UNKNOWN =
      new BearerOutcome.Refused(Reason.BEARER_KEY_UNKNOWN);
  private static final BearerOutcome BUSY = new BearerOutcome.Unavailable(Reason.BEARER_BUSY);

  private final BearerFixture fixture = new BearerFixture();

  @AfterEach
  void stop() {
    fixture.close();
  }

  /** Tokens with a fresh key id each; their signatures are never looked at. */
  private List<String> tokensOfUnknownKeys(int count) {
    String token = fixture.token();
    String rest = token.substring(token.indexOf('.'));
    Map<String, Object> header = BearerFixture.KEY.header("RS256");
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      header.put("kid", "unknown-" + i);
      tokens.add(SigningKey.part(JSONObjectUtils.toJSONString(header)) + rest);
    }
    return tokens;
  }

  private List<CompletableFuture<BearerOutcome>> flood(BearerTokens tokens, List<String> all) {
    List<CompletableFuture<BearerOutcome>> outcomes = new ArrayList<>();
    all.forEach(
        token -> outcomes.add(tokens.verify(token, fixture.now.get()).toCompletableFuture()));
    return outcomes;
  }

  private static void awaitAll(List<CompletableFuture<BearerOutcome>> outcomes) throws Exception {
    CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
  }

  private static long undone(List<CompletableFuture<BearerOutcome>> outcomes) {
    return outcomes.stream().filter(outcome -> !outcome.isDone()).count();
  }

  @Test
  @DisplayName("A88 as a bearer 10,000 fresh unknown key ids cause one reading of keys in 10 s")
  void aFloodOfUnknownKeysCausesOneReading() throws Exception {
    BearerTokens tokens = fixture.start(_ -> {});
    String good = fixture.token();
    assertThat(fixture.outcome(tokens, good)).isInstanceOf(BearerOutcome.Accepted.class);
    assertThat(fixture.keyRequests()).isEqualTo(1);
    List<String> flood = tokensOfUnknownKeys(10_000);
    List<CompletableFuture<BearerOutcome>> outcomes = flood(tokens, flood);
    assertThat(tokens.verify(good, fixture.now.get()).toCompletableFuture()).isDone();
    awaitAll(outcomes);
    assertThat(outcomes)
        .allSatisfy(each -> assertThat(each.join()).isIn(KEY_UNKNOWN, KEYS_AWAY, BUSY));
    assertThat(fixture.keyRequests()).isEqualTo(2);
    fixture.now.addAndGet(ProviderKnowledge.UNKNOWN_KEY_PAUSE_MILLIS - 1);
    assertThat(fixture.outcome(tokens, fixture.tokenOf("unknown"))).isEqualTo(KEY_UNKNOWN);
    assertThat(fixture.keyRequests()).isEqualTo(2);
    fixture.now.incrementAndGet();
    assertThat(fixture.outcome(tokens, fixture.tokenOf("unknown"))).isEqualTo(KEY_UNKNOWN);
    assertThat(fixture.keyRequests()).isEqualTo(3);
  }

  @Test
  @DisplayName("A88 as a bearer 256 tokens wait for one reading, and the next is answered at once")
  void aBoundedNumberWaitsForAReading() throws Exception {
    BearerTokens tokens = fixture.start(_ -> {});
    fixture.issuer.answer(WireProvider.CERTS, fixture.issuer.silence());
    int answeredAtOnce = 50;
    List<CompletableFuture<BearerOutcome>> outcomes =
        flood(tokens, tokensOfUnknownKeys(BearerIssuer.MAX_WAITING + answeredAtOnce));
    Waiting.until(
        "only those wait for whom there is a place",
        () -> undone(outcomes) == BearerIssuer.MAX_WAITING);
    assertThat(fixture.count("bearer_keys_unavailable")).isEqualTo(answeredAtOnce);
    assertThat(fixture.outcome(tokens, fixture.token())).isInstanceOf(BearerOutcome.Accepted.class);
    awaitAll(outcomes);
    assertThat(outcomes).allSatisfy(each -> assertThat(each.join()).isEqualTo(KEYS_AWAY));
    assertThat(fixture.keyRequests()).isEqualTo(2);
  }

  @Test
  @DisplayName("1,024 tokens are verified at once, and one more is answered at once")
  void aBoundedNumberIsUnderWay() {
    HeldExecutor held = new HeldExecutor();
    BearerTokens tokens = new BearerTokens(10, held, fixture.metrics);
    BearerConfig.IssuerConfig config =
        BearerFixture.issuer(draft -> draft.issuer = fixture.issuer.issuer());
    IssuerSource source = IssuerSource.of(config);
    try (BackChannel channel = new BackChannel(source, held)) {
      tokens.add(
          config,
          "one",
          new ProviderKnowledge(
              source, channel, ProviderKnowledge.requests(fixture.metrics), () -> Instant.EPOCH));
      List<CompletableFuture<BearerOutcome>> outcomes =
          flood(tokens, tokensOfUnknownKeys(BearerTokens.MAX_UNDER_WAY + 1));
      assertThat(undone(outcomes)).isEqualTo(BearerTokens.MAX_UNDER_WAY);
      assertThat(outcomes.getLast()).isCompletedWithValue(BUSY);
      held.runAll();
      assertThat(outcomes.subList(0, BearerTokens.MAX_UNDER_WAY))
          .allSatisfy(each -> assertThat(each).isCompletedWithValue(KEYS_AWAY));
      CompletableFuture<BearerOutcome> next =
          tokens.verify(fixture.token(), fixture.now.get()).toCompletableFuture();
      assertThat(next).isNotDone();
      held.runAll();
      assertThat(next).isCompletedWithValue(KEYS_AWAY);
    }
  }

  @Test
  void aNewKeyIsLearntByTheFirstTokenOfIt() {
    BearerTokens tokens = fixture.start(_ -> {});
    fixture.publish(BearerFixture.KEY, BearerFixture.SECOND);
    String token =
        BearerFixture.SECOND.sign("ES256", BearerFixture.SECOND.header("ES256"), fixture.claims());
    assertThat(fixture.outcome(tokens, token)).isInstanceOf(BearerOutcome.Accepted.class);
    assertThat(fixture.keyRequests()).isEqualTo(2);
  }

  @Test
  void aKeyThatCannotBeAskedForIsNoFaultOfTheToken() {
    BearerTokens tokens = fixture.start(_ -> {});
    fixture.issuer.answer(WireProvider.CERTS, WireProvider.status(500, "text/plain", "no"));
    assertThat(fixture.outcome(tokens, fixture.tokenOf("new"))).isEqualTo(KEYS_AWAY);
    assertThat(fixture.outcome(tokens, fixture.tokenOf("new"))).isEqualTo(KEYS_AWAY);
    assertThat(fixture.keyRequests()).isEqualTo(2);
    assertThat(fixture.outcome(tokens, fixture.token())).isInstanceOf(BearerOutcome.Accepted.class);
    fixture.publish(BearerFixture.KEY);
    fixture.now.addAndGet(ProviderKnowledge.UNKNOWN_KEY_PAUSE_MILLIS);
    assertThat(fixture.outcome(tokens, fixture.tokenOf("new"))).isEqualTo(KEY_UNKNOWN);
  }

  @Test
  @DisplayName("A66 as a bearer an issuer that is away at the start is 503, and then is not")
  void anIssuerThatIsAwayAtTheStartIsAskedAgain() {
    fixture.issuer.answer(WireProvider.CERTS, WireProvider.status(503, "text/plain", "starting"));
    BearerTokens tokens = fixture.begin(_ -> {});
    assertThat(fixture.outcome(tokens, fixture.token())).isEqualTo(KEYS_AWAY);
    fixture.publish(BearerFixture.KEY);
    Waiting.until(
        "the issuer is known",
        () -> fixture.outcome(tokens, fixture.token()) instanceof BearerOutcome.Accepted);
  }

  @Test
  void whatNobodyExpectedIsTroubleAndNeverAnException() {
    BearerTokens tokens = fixture.start(_ -> {});
    try (LogCapture log = new LogCapture()) {
      fixture.clockTrouble.set(new IllegalStateException("what the token said"));
      assertThat(fixture.outcome(tokens, fixture.token()))
          .isEqualTo(new BearerOutcome.Unavailable(Reason.INTERNAL_ERROR));
      assertThat(log.count("a bearer token met a defect: ")).isEqualTo(1);
      assertThat(log.count("what the token said")).isZero();
    }
  }
}
