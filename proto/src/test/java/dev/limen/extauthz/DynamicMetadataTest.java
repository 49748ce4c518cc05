package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.limen.bytes.ByteWriter;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a gateway's log gets to know, as Envoy's own classes read it. */
final class DynamicMetadataTest {
  private static CheckResponse after(byte[] answer, Map<String, String> texts)
      throws InvalidProtocolBufferException {
    ByteWriter out = new ByteWriter(64 * 1024);
    out.write(answer);
    DynamicMetadata.write(out, texts);
    return CheckResponse.parseFrom(out.toByteArray());
  }

  private static Value text(String value) {
    return Value.newBuilder().setStringValue(value).build();
  }

  @Test
  void itFollowsAnAnswerAndChangesNothingElseOfIt() throws InvalidProtocolBufferException {
    byte[] allow =
        AllowResponse.of(List.of(new HeaderField("x-user", "a")), List.of("x-b"), List.of())
            .toByteArray();
    byte[] denied = CheckResponseWriter.denied(401, List.of(), "no");
    Struct expected =
        Struct.newBuilder()
            .putFields("route", text("orders"))
            .putFields("subject", text("Zoë \"1\""))
            .build();
    Map<String, String> texts = Map.of("route", "orders", "subject", "Zoë \"1\"", "rule", "");
    for (byte[] answer : List.of(allow, denied)) {
      CheckResponse read = after(answer, texts);
      assertThat(read.getDynamicMetadata()).isEqualTo(expected);
      assertThat(read.toBuilder().clearDynamicMetadata().build())
          .isEqualTo(CheckResponse.parseFrom(answer));
    }
  }

  @Test
  void whereNothingIsKnownNothingIsWritten() throws InvalidProtocolBufferException {
    byte[] denied = CheckResponseWriter.denied(401, List.of(), "no");
    assertThat(after(denied, Map.of("route", "", "subject", "")))
        .isEqualTo(CheckResponse.parseFrom(denied));
  }

  @Test
  void aloneItIsNoAnswer() {
    assertThatIllegalStateException()
        .isThrownBy(() -> DynamicMetadata.write(new ByteWriter(1024), Map.of("a", "b")));
  }
}
