package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Golden;
import dev.limen.extauthz.CheckRequestReader.Result;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a check is made of, with protobuf's own classes as the judge. */
class CheckRequestFillerTest {
  private final CheckRequestFiller filler = new CheckRequestFiller();

  private dev.limen.check.CheckRequest fill(byte[] message) {
    dev.limen.check.CheckRequest request = filler.fill(message, 0);
    assertThat(filler.result()).isEqualTo(Result.OK);
    if (request == null) {
      throw new AssertionError("OK without a check");
    }
    return request;
  }

  private static List<String> headers(dev.limen.check.CheckRequest request) {
    List<String> headers = new ArrayList<>();
    for (int i = 0; i < request.headerCount(); i++) {
      headers.add(request.text(request.headerName(i)) + "=" + request.text(request.headerValue(i)));
    }
    return headers;
  }

  private static String latin1(com.google.protobuf.ByteString bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  private static List<String> expectedHeaders(AttributeContext.HttpRequest http) {
    List<String> expected = new ArrayList<>();
    for (Map.Entry<String, String> entry : http.getHeadersMap().entrySet()) {
      expected.add(entry.getKey() + "=" + utf8AsLatin1(entry.getValue()));
    }
    if (expected.isEmpty()) {
      for (HeaderValue header : rawHeaders(http)) {
        expected.add(header.getKey().toLowerCase(Locale.ROOT) + "=" + rawValue(header));
      }
    }
    expected.removeIf(line -> line.startsWith(":"));
    return expected;
  }

  private static String utf8AsLatin1(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** Fields that the published classes are too old for: header_map (13) and raw_value (3). */
  private static List<HeaderValue> rawHeaders(AttributeContext.HttpRequest http) {
    List<HeaderValue> headers = new ArrayList<>();
    try {
      for (var field : http.getUnknownFields().getField(13).getLengthDelimitedList()) {
        headers.addAll(HeaderMap.parseFrom(field).getHeadersList());
      }
      if (headers.isEmpty()) {
        headers.addAll(http.getHeaderMap().getHeadersList());
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return headers;
  }

  private static String rawValue(HeaderValue header) {
    return header.getRawValue().isEmpty()
        ? utf8AsLatin1(header.getValue())
        : latin1(header.getRawValue());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grpc-istio",
        "grpc-istio-timeout600",
        "grpc-body",
        "grpc-body-string",
        "grpc-rawheaders",
        "grpc-mtls-everything"
      })
  @DisplayName("every recorded message makes the check that protobuf's own parser sees")
  void everyRecordedMessageMakesTheSameCheck(String folder) throws IOException {
    for (Map.Entry<String, byte[]> file : Golden.files(folder, ".bin").entrySet()) {
      AttributeContext.HttpRequest http =
          CheckRequest.parseFrom(file.getValue()).getAttributes().getRequest().getHttp();
      dev.limen.check.CheckRequest request = fill(file.getValue().clone());

      assertThat(request.text(request.target().method())).isEqualTo(http.getMethod());
      assertThat(request.text(request.target().path())).isEqualTo(utf8AsLatin1(http.getPath()));
      assertThat(request.text(request.target().host())).isEqualTo(utf8AsLatin1(http.getHost()));
      assertThat(request.text(request.target().scheme())).isEqualTo(http.getScheme());
      assertThat(headers(request))
          .as(file.getKey())
          .containsExactlyInAnyOrderElementsOf(expectedHeaders(http));
    }
  }

  @Test
  @DisplayName("C107 of equal keys of the map the last counts")
  void ofEqualKeysTheLastCounts() throws IOException {
    ByteArrayOutputStream http = new ByteArrayOutputStream();
    http.writeBytes(entry("cookie", "first"));
    http.writeBytes(entry("a", "b"));
    http.writeBytes(entry("Cookie", "last"));

    assertThat(headers(fill(checkOf(http.toByteArray())))).containsExactly("a=b", "cookie=last");
  }

  @Test
  @DisplayName("C107 names that differ in case are one name, and lines of it stay apart")
  void namesThatDifferInCaseAreOneName() {
    ByteArrayOutputStream map = new ByteArrayOutputStream();
    map.writeBytes(entry("X-Auth-Request-User", "first"));
    map.writeBytes(entry("x-auth-request-user", "second"));
    map.writeBytes(entry("X-AUTH-request-user", "last"));
    byte[] lines = lines("Cookie", "a=1", "COOKIE", "b=2", "cookie", "c=3");

    assertThat(headers(fill(checkOf(map.toByteArray()))))
        .containsExactly("x-auth-request-user=last");
    assertThat(headers(fill(checkOf(lines))))
        .containsExactly("cookie=a=1", "cookie=b=2", "cookie=c=3");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("C117 of a map and a list the list counts alone, whichever comes first")
  void ofAMapAndAListTheListCountsAlone(boolean listFirst) {
    byte[] map = entry("cookie", "__Host-limen=map");
    byte[] list = lines("accept", "list");
    ByteArrayOutputStream http = new ByteArrayOutputStream();
    http.writeBytes(listFirst ? list : map);
    http.writeBytes(listFirst ? map : list);

    assertThat(headers(fill(checkOf(http.toByteArray())))).containsExactly("accept=list");
  }

  @Test
  @DisplayName("C121 a thousand lines are a check, one more is too many")
  void aThousandLinesAreACheck() {
    String[] pairs = new String[2 * (dev.limen.check.CheckRequest.MAX_HEADERS + 1)];
    java.util.Arrays.fill(pairs, "x");
    String[] atLimit = java.util.Arrays.copyOf(pairs, pairs.length - 2);

    assertThat(fill(checkOf(lines(atLimit))).headerCount())
        .isEqualTo(dev.limen.check.CheckRequest.MAX_HEADERS);
    assertThat(filler.fill(checkOf(lines(pairs)), 0)).isNull();
    assertThat(filler.result()).isEqualTo(Result.TOO_MANY_HEADERS);
  }

  @Test
  @DisplayName("C118 a pseudo-header of the map never says what is asked for")
  void aPseudoHeaderNeverSaysWhatIsAskedFor() {
    byte[] message = DoorFixture.checkRequest("/real", ":path", "/public").toByteArray();
    dev.limen.check.CheckRequest request = fill(message);

    assertThat(request.text(request.target().path())).isEqualTo("/real");
    assertThat(headers(request)).isEmpty();
    byte[] withoutPath = fieldOnly(entry(":path", "/public"));
    assertThat(fill(withoutPath).target().isWhole()).isFalse();
  }

  @Test
  @DisplayName("C121 a thousand headers are a check, one more is too many")
  void aThousandHeadersAreACheck() {
    ByteArrayOutputStream http = new ByteArrayOutputStream();
    for (int i = 0; i < dev.limen.check.CheckRequest.MAX_HEADERS; i++) {
      http.writeBytes(entry("h" + i, "v"));
    }
    assertThat(fill(checkOf(http.toByteArray())).headerCount())
        .isEqualTo(dev.limen.check.CheckRequest.MAX_HEADERS);
    http.writeBytes(entry("one", "more"));

    assertThat(filler.fill(checkOf(http.toByteArray()), 0)).isNull();
    assertThat(filler.result()).isEqualTo(Result.TOO_MANY_HEADERS);
  }

  @Test
  @DisplayName("C111 a message that is cut anywhere is no check, or one that is not whole")
  void aMessageThatIsCutIsNoCheckOrNotWhole() {
    byte[] message = DoorFixture.checkOf("alice", "/orders");
    for (int length = 0; length < message.length; length++) {
      dev.limen.check.CheckRequest request =
          filler.fill(java.util.Arrays.copyOf(message, length), 0);
      assertThat(request == null || !request.target().isWhole()).as("length %d", length).isTrue();
    }
  }

  private static byte[] entry(String key, String value) {
    byte[] keyField = field(1, key.getBytes(StandardCharsets.UTF_8));
    byte[] valueField = field(2, value.getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    entry.writeBytes(keyField);
    entry.writeBytes(valueField);
    return field(3, entry.toByteArray());
  }

  /** A {@code header_map} of pairs, name and raw value. */
  private static byte[] lines(String... pairs) {
    ByteArrayOutputStream map = new ByteArrayOutputStream();
    for (int i = 0; i < pairs.length; i += 2) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      line.writeBytes(field(1, pairs[i].getBytes(StandardCharsets.UTF_8)));
      line.writeBytes(field(3, pairs[i + 1].getBytes(StandardCharsets.UTF_8)));
      map.writeBytes(field(1, line.toByteArray()));
    }
    return field(13, map.toByteArray());
  }

  private static byte[] checkOf(byte[] http) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(http);
    whole.writeBytes(field(2, new byte[] {'G'}));
    whole.writeBytes(field(4, new byte[] {'/'}));
    whole.writeBytes(field(5, new byte[] {'a'}));
    return fieldOnly(whole.toByteArray());
  }

  private static byte[] fieldOnly(byte[] http) {
    return field(1, field(4, field(2, http)));
  }

  private static byte[] field(int number, byte[] value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write((number << 3) | 2);
    int rest = value.length;
    while (rest >= 0x80) {
      out.write((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    out.write(rest);
    out.writeBytes(value);
    return out.toByteArray();
  }
}
