package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.FakeChecks;
import dev.limen.check.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every request of a real Envoy 1.40 in HTTP mode, byte for byte. */
@Timeout(120)
class HttpReplayTest {
  private static final String PREFIX = "/limen/check";

  @ParameterizedTest
  @ValueSource(strings = {"http-istio", "http-istio-body"})
  @DisplayName("every recorded request is the check of what follows the prefix, on one connection")
  void everyRecordedRequestIsACheck(String folder) throws IOException {
    try (DoorFixture door = new DoorFixture();
        RawClient client = door.connect()) {
      for (Map.Entry<String, byte[]> file : Golden.files(folder, ".http").entrySet()) {
        String text = new String(file.getValue(), StandardCharsets.ISO_8859_1);
        String[] requestLine = text.substring(0, text.indexOf('\r')).split(" ");
        client.send(file.getValue());
        boolean head = requestLine[0].equals("HEAD");
        RawClient.Response response = head ? client.readWithoutBody() : client.read();
        FakeChecks.Seen seen = door.checks.last();

        assertThat(response.status()).as(file.getKey()).isIn(200, 302, 401);
        assertThat(seen.method()).isEqualTo(requestLine[0]);
        assertThat(PREFIX + seen.path()).isEqualTo(requestLine[1]);
        assertThat(text).contains("\r\nhost: " + seen.host() + "\r\n");
        boolean session = seen.all("cookie").stream().anyMatch(c -> c.contains("__Host-limen="));
        assertThat(response.status() == 200).as(file.getKey()).isEqualTo(session);
      }
    }
  }
}
