package dev.limen.grpc;

import dev.limen.check.Golden;
import dev.limen.extauthz.CheckRequestFuzzTest;
import dev.limen.extauthz.CheckRequestModel;
import dev.limen.extauthz.CheckRequestReader.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;

/** Real CheckRequests, damaged at random, once more: what the door makes of them. */
@DisplayName("C122 differential fuzz of the door's own checks")
class CheckRequestFillerFuzzTest extends CheckRequestFuzzTest {
  private static final List<String> FOLDERS =
      List.of(
          "grpc-istio",
          "grpc-istio-timeout600",
          "grpc-body",
          "grpc-body-string",
          "grpc-rawheaders",
          "grpc-mtls-everything");

  /** One for all messages, as a connection has it: nothing of one may be left for the next. */
  private final CheckRequestFiller filler = new CheckRequestFiller();

  @Override
  protected List<byte[]> recordings() throws IOException {
    List<byte[]> recordings = new ArrayList<>();
    for (String folder : FOLDERS) {
      recordings.addAll(Golden.files(folder, ".bin").values());
    }
    return recordings;
  }

  @Override
  protected boolean isTakenAs(byte[] message, @Nullable CheckRequestModel expected) {
    FilledCheck filled = FilledCheck.by(filler, message);
    return expected == null
        ? filled == null && filler.result() == Result.MALFORMED
        : FilledCheck.of(expected).equals(filled);
  }
}
