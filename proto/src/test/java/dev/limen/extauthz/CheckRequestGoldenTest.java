package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.util.JsonFormat;
import dev.limen.extauthz.CheckRequestReader.Result;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every CheckRequest that was recorded from a real Envoy, against protobuf-java. */
final class CheckRequestGoldenTest {
  static List<Golden> checkRequests() {
    return Golden.checkRequests();
  }

  static List<Golden> smallCheckRequests() {
    return checkRequests().stream().filter(golden -> golden.bytes().length <= 1_500).toList();
  }

  @Test
  void allRecordingsAreHere() {
    assertThat(checkRequests()).hasSize(157);
  }

  @ParameterizedTest
  @MethodSource("checkRequests")
  void aRecordingSaysWhatTheOracleReads(Golden golden) throws Exception {
    CheckRequestModel model = CheckRequestModel.read(golden.bytes());

    assertThat(model).isEqualTo(EnvoyOracle.read(golden.bytes()));
    assertThat(model).isEqualTo(ReducedOracle.read(golden.bytes()));
  }

  @ParameterizedTest
  @MethodSource("checkRequests")
  void aRecordingSaysWhatIsWrittenNextToIt(Golden golden) throws Exception {
    JsonObject json =
        JsonParser.parseString(new String(golden.json(), StandardCharsets.UTF_8)).getAsJsonObject();
    CheckRequest.Builder written = CheckRequest.newBuilder();
    JsonFormat.parser().merge(json.get("check_request").toString(), written);

    assertThat(CheckRequestModel.read(golden.bytes()))
        .isEqualTo(EnvoyOracle.read(written.build().toByteArray()));
    assertThat(golden.bytes()).hasSize(json.get("size").getAsInt());
  }

  @ParameterizedTest
  @MethodSource("checkRequests")
  void aRecordingIsReadTheSameInTheMiddleOfAnArray(Golden golden) {
    byte[] message = golden.bytes();
    byte[] buffer = new byte[message.length + 40];
    Arrays.fill(buffer, (byte) 0xff);
    System.arraycopy(message, 0, buffer, 17, message.length);
    CheckRequestModel.Recorder recorder = new CheckRequestModel.Recorder(buffer);

    assertThat(new CheckRequestReader().read(buffer, 17, message.length, recorder))
        .isEqualTo(Result.OK);
    assertThat(recorder.model()).isEqualTo(CheckRequestModel.read(message));
  }

  @ParameterizedTest
  @MethodSource("smallCheckRequests")
  @DisplayName("C111 truncated")
  void aRecordingCutAtAnyByteIsMalformed(Golden golden) {
    byte[] message = golden.bytes();
    for (int length = 1; length < message.length; length++) {
      byte[] cut = Arrays.copyOf(message, length);

      assertThat(CheckRequestModel.resultOf(cut)).isEqualTo(Result.MALFORMED);
    }
  }

  @ParameterizedTest
  @MethodSource("smallCheckRequests")
  @DisplayName("C111 truncated")
  void aRecordingCutInsideIsWhatTheOracleSaysAndNeverMore(Golden golden) throws Exception {
    byte[] http =
        CheckRequest.parseFrom(golden.bytes()).getAttributes().getRequest().getHttp().toByteArray();
    for (int length = 0; length < http.length; length++) {
      Agreement.assertAgreement(Wire.http(Arrays.copyOf(http, length)));
    }
  }

  @Test
  void oneReaderServesAllRecordingsInTurn() throws Exception {
    CheckRequestReader reader = new CheckRequestReader();
    for (Golden golden : checkRequests()) {
      byte[] message = golden.bytes();
      CheckRequestModel.Recorder recorder = new CheckRequestModel.Recorder(message);

      assertThat(reader.read(message, 0, message.length, recorder)).isEqualTo(Result.OK);
      assertThat(recorder.model()).isEqualTo(EnvoyOracle.read(message));
    }
  }

  @Test
  void cookieLinesStayApartWhereEnvoySendsRawHeaders() {
    byte[] message = Golden.of("grpc-rawheaders/h1-cookie-several-headers").bytes();

    assertThat(CheckRequestModel.read(message).lines())
        .filteredOn(line -> line.name().equals("cookie"))
        .hasSizeGreaterThan(1);
  }
}
