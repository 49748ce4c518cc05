package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Reply;
import dev.limen.demo.run.Mode;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Why the README names a release of Envoy not to take; run where {@code limen.envoys} has it. */
class BrokenReleaseTest {
  static Stream<Release> broken() {
    return Release.others().filter(release -> Release.BROKEN.equals(release.version()));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("broken")
  @DisplayName("C136 over HTTP Envoy 1.37.0 loses where a redirect leads and its cookies")
  void aRedirectLeadsNowhere(Release release) throws IOException {
    try (Boundaries _ = Boundaries.open(Mode.HTTP, release)) {
      Reply redirect = new Visitor().navigate("/orders");
      assertThat(redirect.status()).isEqualTo(302);
      assertThat(redirect.header("location")).isNull();
      assertThat(redirect.all("set-cookie")).isEmpty();
    }
  }
}
