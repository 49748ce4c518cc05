package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What is remembered of verified tokens, how many of them, and for how long. */
class RememberedTokensTest {
  private final BearerFixture fixture = new BearerFixture();

  @AfterEach
  void stop() {
    fixture.close();
  }

  private BearerTokens withSize(int size) {
    return fixture.start(draft -> draft.cacheSize = size);
  }

  /** Whether the answer to this token, which is good, came from memory. */
  private boolean isRemembered(BearerTokens tokens, String token) {
    int before = fixture.count("remembered");
    assertThat(fixture.outcome(tokens, token)).isInstanceOf(BearerOutcome.Accepted.class);
    return fixture.count("remembered") == before + 1;
  }

  private List<String> tokens(int count) {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(fixture.token(i));
    }
    return tokens;
  }

  private int held() {
    String name = "limen_bearer_tokens_remembered ";
    return fixture
        .scraped()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(name.length())))
        .sum();
  }

  @Test
  void aRememberedTokenIsAnsweredAtOnceWithoutCryptography() {
    BearerTokens tokens = withSize(10);
    String token = fixture.token();
    try (CountedSignatures signatures = new CountedSignatures()) {
      BearerOutcome first = fixture.outcome(tokens, token);
      int once = signatures.count();
      assertThat(once).isPositive();
      for (int i = 0; i < 100; i++) {
        assertThat(tokens.verify(token, fixture.now.get()).toCompletableFuture())
            .isCompletedWithValue(first);
      }
      assertThat(signatures.count()).isEqualTo(once);
    }
    assertThat(fixture.count("remembered")).isEqualTo(100);
    assertThat(fixture.count("accepted")).isEqualTo(1);
  }

  @Test
  void anotherSignatureOverTheSameIsAnotherToken() {
    BearerTokens tokens = withSize(10);
    String token = fixture.token();
    assertThat(isRemembered(tokens, token)).isFalse();
    String spoiled = token.substring(0, token.length() - 8) + "AAAAAAAA";
    assertThat(fixture.outcome(tokens, spoiled))
        .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_REFUSED));
  }

  @Test
  void whatWasRefusedIsNotRemembered() {
    BearerTokens tokens = withSize(10);
    String token = fixture.token(claims -> claims.put("nbf", BearerFixture.NOW + 60));
    assertThat(fixture.outcome(tokens, token))
        .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_NOT_YET_VALID));
    assertThat(held()).isZero();
    fixture.now.addAndGet(60_000);
    assertThat(fixture.outcome(tokens, token)).isInstanceOf(BearerOutcome.Accepted.class);
  }

  @Test
  @DisplayName("A60 as a bearer a remembered token ends at the millisecond, as any other")
  void aRememberedTokenExpires() {
    BearerTokens tokens = withSize(10);
    String token = fixture.token(claims -> claims.put("exp", BearerFixture.NOW + 300));
    assertThat(isRemembered(tokens, token)).isFalse();
    fixture.now.set((BearerFixture.NOW + 330) * 1000 - 1);
    assertThat(isRemembered(tokens, token)).isTrue();
    fixture.now.incrementAndGet();
    assertThat(fixture.outcome(tokens, token))
        .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_EXPIRED));
    assertThat(held()).isZero();
  }

  @Nested
  @DisplayName("bearer.cache.size")
  class TheSize {
    @Test
    void isKeptAndNotExceededByOne() {
      BearerTokens tokens = withSize(3);
      List<String> four = tokens(4);
      four.subList(0, 3).forEach(token -> assertThat(isRemembered(tokens, token)).isFalse());
      assertThat(held()).isEqualTo(3);
      assertThat(isRemembered(tokens, four.get(3))).isFalse();
      assertThat(held()).isEqualTo(3);
      assertThat(isRemembered(tokens, four.get(3))).isTrue();
      assertThat(isRemembered(tokens, four.get(1))).isTrue();
      assertThat(isRemembered(tokens, four.get(2))).isTrue();
      assertThat(isRemembered(tokens, four.get(0))).isFalse();
    }

    @Test
    void leavesWhatIsUsedAndDropsWhatIsNot() {
      BearerTokens tokens = withSize(3);
      List<String> four = tokens(4);
      four.subList(0, 3).forEach(token -> assertThat(isRemembered(tokens, token)).isFalse());
      assertThat(isRemembered(tokens, four.get(0))).isTrue();
      assertThat(isRemembered(tokens, four.get(3))).isFalse();
      assertThat(isRemembered(tokens, four.get(0))).isTrue();
      assertThat(isRemembered(tokens, four.get(2))).isTrue();
      assertThat(isRemembered(tokens, four.get(1))).isFalse();
    }

    @Test
    void dropsWhatHasExpiredThoughItWasUsed() {
      BearerTokens tokens = withSize(2);
      String brief = fixture.token(claims -> claims.put("exp", BearerFixture.NOW + 1));
      String unused = fixture.token(1);
      assertThat(isRemembered(tokens, brief)).isFalse();
      assertThat(isRemembered(tokens, brief)).isTrue();
      assertThat(isRemembered(tokens, unused)).isFalse();
      fixture.now.addAndGet(31_000);
      assertThat(isRemembered(tokens, fixture.token(2))).isFalse();
      assertThat(isRemembered(tokens, unused)).isTrue();
    }

    @Test
    @DisplayName("64 second chances are given for one token that comes, and not one more")
    void givesABoundedNumberOfChances() {
      int chances = RememberedTokens.MAX_CHANCES;
      BearerTokens tokens = withSize(chances + 2);
      List<String> used = tokens(chances + 2);
      used.forEach(token -> assertThat(isRemembered(tokens, token)).isFalse());
      used.forEach(token -> assertThat(isRemembered(tokens, token)).isTrue());
      assertThat(isRemembered(tokens, fixture.token(1_000))).isFalse();
      assertThat(isRemembered(tokens, used.get(chances - 1))).isTrue();
      assertThat(isRemembered(tokens, used.get(chances + 1))).isTrue();
      assertThat(isRemembered(tokens, used.get(chances))).isFalse();
    }

    @Test
    void ofZeroRemembersNothing() {
      BearerTokens tokens = withSize(0);
      String token = fixture.token();
      assertThat(isRemembered(tokens, token)).isFalse();
      assertThat(isRemembered(tokens, token)).isFalse();
      assertThat(held()).isZero();
    }

    @Test
    @DisplayName("A token of 8 KiB is remembered, and one of a character more is not")
    void countsNoTokenThatIsTooLong() {
      BearerTokens tokens = withSize(10);
      String longest = ofLength(BearerTokens.MAX_REMEMBERED_LENGTH);
      String longer = ofLength(BearerTokens.MAX_REMEMBERED_LENGTH + 1);
      for (String token : List.of(longest, longer)) {
        assertThat(isRemembered(tokens, token)).isFalse();
      }
      assertThat(isRemembered(tokens, longest)).isTrue();
      assertThat(isRemembered(tokens, longer)).isFalse();
    }

    private String ofLength(int length) {
      for (int inHeader = 0; inHeader < 4; inHeader++) {
        Map<String, Object> header = BearerFixture.KEY.header("RS256");
        header.put("pad", "x".repeat(inHeader));
        Map<String, Object> claims = fixture.claims();
        claims.put("pad", "");
        int without = BearerFixture.KEY.sign("RS256", header, claims).length();
        int guess = (length - without) * 3 / 4;
        for (int inPayload = guess - 2; inPayload <= guess + 2; inPayload++) {
          claims.put("pad", "x".repeat(inPayload));
          String token = BearerFixture.KEY.sign("RS256", header, claims);
          if (token.length() == length) {
            return token;
          }
        }
      }
      throw new AssertionError("no token of length " + length);
    }
  }

  @Nested
  @DisplayName("When the issuer's keys change")
  class WhenKeysChange {
    private final BearerTokens tokens = withSize(10);
    private final String first = fixture.token();
    private final String second =
        BearerFixture.SECOND.sign("ES256", BearerFixture.SECOND.header("ES256"), fixture.claims());

    private void readKeysAgain(Consumer<BearerFixture> change) {
      change.accept(fixture);
      int before = fixture.keyRequests();
      fixture.now.addAndGet(ProviderKnowledge.UNKNOWN_KEY_PAUSE_MILLIS);
      assertThat(fixture.outcome(tokens, fixture.tokenOf("nobody")))
          .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_KEY_UNKNOWN));
      assertThat(fixture.keyRequests()).isEqualTo(before + 1);
    }

    @Test
    void tokensOfAKeyThatIsTakenBackEndWithIt() {
      fixture.publish(BearerFixture.KEY, BearerFixture.SECOND);
      assertThat(isRemembered(tokens, first)).isFalse();
      assertThat(isRemembered(tokens, second)).isFalse();
      assertThat(isRemembered(tokens, second)).isTrue();
      readKeysAgain(f -> f.publish(BearerFixture.KEY));
      assertThat(fixture.outcome(tokens, second))
          .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_KEY_UNKNOWN));
      assertThat(isRemembered(tokens, first)).isTrue();
    }

    @Test
    void tokensOfAKeyWhoseNameIsAnothersNowEndToo() {
      assertThat(isRemembered(tokens, first)).isFalse();
      assertThat(isRemembered(tokens, first)).isTrue();
      readKeysAgain(f -> f.publish(SigningKey.rsa("k1")));
      assertThat(fixture.outcome(tokens, first))
          .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_REFUSED));
    }

    @Test
    void tokensWithoutAKeyIdEndWhenTwoKeysFit() {
      Map<String, Object> header = BearerFixture.KEY.header("RS256");
      header.remove("kid");
      String nameless = BearerFixture.KEY.sign("RS256", header, fixture.claims());
      assertThat(isRemembered(tokens, nameless)).isFalse();
      assertThat(isRemembered(tokens, nameless)).isTrue();
      readKeysAgain(f -> f.publish(BearerFixture.KEY, SigningKey.rsa("k3")));
      assertThat(fixture.outcome(tokens, nameless))
          .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_REFUSED));
    }

    @Test
    void aSetThatIsReadAgainWithTheSameKeysCostsNoSignature() {
      assertThat(isRemembered(tokens, first)).isFalse();
      readKeysAgain(f -> f.publish(BearerFixture.SECOND, BearerFixture.KEY));
      try (CountedSignatures signatures = new CountedSignatures()) {
        assertThat(isRemembered(tokens, first)).isTrue();
        assertThat(signatures.count()).isZero();
      }
    }

    @Test
    void keysThatAreTooOldAnswerForNoRememberedTokenEither() {
      String lasting = fixture.token(claims -> claims.put("exp", BearerFixture.NOW + 200_000));
      assertThat(isRemembered(tokens, lasting)).isFalse();
      fixture.now.addAndGet(ProviderKnowledge.MAX_KEYS_AGE_MILLIS);
      assertThat(isRemembered(tokens, lasting)).isTrue();
      fixture.now.incrementAndGet();
      assertThat(fixture.outcome(tokens, lasting))
          .isEqualTo(new BearerOutcome.Unavailable(Reason.BEARER_KEYS_UNAVAILABLE));
    }
  }
}
