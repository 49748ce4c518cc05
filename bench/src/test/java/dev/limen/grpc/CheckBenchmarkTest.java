package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What is measured is a whole check, answered with an allow. */
class CheckBenchmarkTest {
  @Test
  void aSessionsAnswerCarriesItsTokensAndAPublicRoutesDoesNot() throws IOException {
    CheckBenchmark benchmark = new CheckBenchmark();
    benchmark.open();
    try {
      int withSession = benchmark.sessionInMemory();
      int withoutSession = benchmark.publicRoute();
      assertThat(withSession).isGreaterThan(2_200);
      assertThat(withoutSession).isBetween(100, 1_000);
      assertThat(benchmark.sessionInMemory()).isEqualTo(withSession);
    } finally {
      benchmark.close();
    }
  }
}
