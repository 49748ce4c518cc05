package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.extauthz.CheckRequestModel;
import dev.limen.extauthz.CheckRequestReader.Result;
import dev.limen.extauthz.CheckRequestWireTest;
import org.junit.jupiter.api.DisplayName;

/**
 * The wire format under a CheckRequest, legal and hostile, once more: what the door makes of it.
 */
@DisplayName("cases 103 to 114, as the door reads them")
class CheckRequestFillerWireTest extends CheckRequestWireTest {
  private final CheckRequestFiller filler = new CheckRequestFiller();

  @Override
  protected CheckRequestModel read(byte[] message) {
    FilledCheck.verify(filler, message);
    return super.read(message);
  }

  @Override
  protected void refuse(byte[] message) {
    super.refuse(message);
    assertThat(FilledCheck.by(filler, message)).isNull();
    assertThat(filler.result()).isEqualTo(Result.MALFORMED);
  }
}
