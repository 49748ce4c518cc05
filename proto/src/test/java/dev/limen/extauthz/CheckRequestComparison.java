package dev.limen.extauthz;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.limen.extauthz.CheckRequestReader.Result;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One message, read by the reader, by protobuf-java with a reduced schema, and with Envoy's. */
final class CheckRequestComparison {
  /** Who takes a message for a CheckRequest. */
  enum Verdict {
    /** Nobody. */
    REFUSED,
    /** The reader and the reduced oracle. */
    ACCEPTED,
    /** And Envoy's own classes, which also refuse text that is no UTF-8. */
    ACCEPTED_BY_ENVOY
  }

  private CheckRequestComparison() {}

  /** What protobuf-java reads; null if the message is malformed. */
  static @Nullable CheckRequestModel expected(byte[] message) {
    try {
      return ReducedOracle.read(message);
    } catch (InvalidProtocolBufferException _) {
      return null;
    }
  }

  /** Throws with {@code note} and the message in hexadecimal if the readers differ. */
  static Verdict compare(byte[] message, String note) {
    CheckRequestModel.Recorder recorder = new CheckRequestModel.Recorder(message);
    Result result = new CheckRequestReader().read(message, 0, message.length, recorder);
    Verdict verdict = Verdict.REFUSED;
    CheckRequestModel expected = expected(message);
    if (expected == null) {
      check(result == Result.MALFORMED, "accepted what protobuf-java refuses: " + note, message);
    } else {
      verdict = Verdict.ACCEPTED;
      check(result == Result.OK, "refused what protobuf-java accepts: " + note, message);
      check(recorder.model().equals(expected), "read something else: " + note, message);
    }
    try {
      CheckRequestModel envoys = EnvoyOracle.read(message);
      verdict = Verdict.ACCEPTED_BY_ENVOY;
      boolean same = expected != null && withoutSource(envoys).equals(withoutSource(expected));
      check(same, "the oracles differ: " + note, message);
    } catch (InvalidProtocolBufferException _) {
      // Envoy's classes also refuse text that is no UTF-8, and damage in what Limen skips.
    }
    return verdict;
  }

  /** Envoy's Java classes mix up the kinds of address, see CheckRequestReaderTest. */
  private static CheckRequestModel withoutSource(CheckRequestModel model) {
    Map<String, String> values = new HashMap<>(model.values());
    values.remove("source");
    return new CheckRequestModel(values, model.size(), 0, model.map(), model.lines());
  }

  private static void check(boolean holds, String complaint, byte[] message) {
    if (!holds) {
      throw new AssertionError(complaint + " message=" + HexFormat.of().formatHex(message));
    }
  }
}
