package dev.limen.grpc;

import dev.limen.extauthz.CheckRequestModel;
import dev.limen.extauthz.CheckRequestReaderTest;
import org.junit.jupiter.api.DisplayName;

/**
 * What a CheckRequest may look like, once more: reordered, repeated, with unknown fields, and what
 * the door makes of it.
 */
@DisplayName("cases 104 to 121, as the door reads them")
class CheckRequestFillerCorpusTest extends CheckRequestReaderTest {
  private final CheckRequestFiller filler = new CheckRequestFiller();

  @Override
  protected CheckRequestModel read(byte[] message) {
    FilledCheck.verify(filler, message);
    return super.read(message);
  }

  @Override
  protected CheckRequestModel readAsItIs(byte[] message) {
    FilledCheck.verify(filler, message);
    return super.readAsItIs(message);
  }
}
