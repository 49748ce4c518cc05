package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.limen.extauthz.CheckRequestReader.Result;

/** The reader held against protobuf-java, message by message. */
final class Agreement {
  private Agreement() {}

  /** Reads what both oracles accept, and checks that all three say the same. */
  static CheckRequestModel read(byte[] message) {
    CheckRequestModel model = CheckRequestModel.read(message);
    try {
      assertThat(model).isEqualTo(EnvoyOracle.read(message));
      assertThat(model).isEqualTo(ReducedOracle.read(message));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("the oracle does not accept what the reader accepts", e);
    }
    return model;
  }

  /** The message is malformed, to the oracle as to us. */
  static void refuse(byte[] message) {
    assertThat(CheckRequestModel.resultOf(message)).isEqualTo(Result.MALFORMED);
    try {
      ReducedOracle.read(message);
    } catch (InvalidProtocolBufferException _) {
      return;
    }
    throw new AssertionError("the oracle accepts what the reader refuses");
  }

  /** The reader accepts a message if the reduced oracle does, and then they say the same. */
  static void assertAgreement(byte[] message) {
    CheckRequestModel expected;
    try {
      expected = ReducedOracle.read(message);
    } catch (InvalidProtocolBufferException _) {
      assertThat(CheckRequestModel.resultOf(message)).isEqualTo(Result.MALFORMED);
      return;
    }
    assertThat(CheckRequestModel.read(message)).isEqualTo(expected);
  }
}
