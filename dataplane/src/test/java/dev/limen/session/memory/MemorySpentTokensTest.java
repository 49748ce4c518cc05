package dev.limen.session.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.session.StoreUnavailableException;
import dev.limen.session.TokenMark;
import org.junit.jupiter.api.Test;

/** One-time tokens in one process. */
class MemorySpentTokensTest {
  private static final long NOW = 1_000_000;

  private final MemorySpentTokens tokens = new MemorySpentTokens(2);

  private boolean spend(String id, long untilMillis, long nowMillis) {
    return tokens
        .spend(TokenMark.of("https://id.example", id), untilMillis, nowMillis)
        .toCompletableFuture()
        .join();
  }

  private boolean isSpent(String id) {
    return tokens.isSpent(TokenMark.of("https://id.example", id)).toCompletableFuture().join();
  }

  @Test
  void aTokenIsSpentOnce() {
    assertThat(isSpent("a")).isFalse();
    assertThat(spend("a", NOW + 10, NOW)).isTrue();
    assertThat(isSpent("a")).isTrue();
    assertThat(spend("a", NOW + 10, NOW)).isFalse();
    assertThat(isSpent("b")).isFalse();
  }

  @Test
  void theSameIdOfAnotherIssuerIsAnotherToken() {
    assertThat(TokenMark.of("https://a", "b")).isNotEqualTo(TokenMark.of("https://ab", ""));
    assertThat(TokenMark.of("https://a", "b")).isEqualTo(TokenMark.of("https://a", "b"));
  }

  @Test
  void theLimitIsExactAndWhatIsOverMakesRoom() {
    assertThat(spend("a", NOW + 10, NOW)).isTrue();
    assertThat(spend("b", NOW + 20, NOW)).isTrue();
    assertThatThrownBy(() -> spend("c", NOW + 30, NOW + 9))
        .hasCauseInstanceOf(StoreUnavailableException.class);
    assertThat(spend("c", NOW + 30, NOW + 10)).isTrue();
    assertThat(isSpent("a")).isFalse();
    assertThat(isSpent("b")).isTrue();
  }
}
