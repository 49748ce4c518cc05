package dev.limen.extauthz;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as a CheckRequest: reader and protobuf-java read the same, or both refuse. */
class CheckRequestFuzz {
  @FuzzTest
  void aMessageMeansTheSameToReaderAndOracle(byte[] message) {
    // More headers than the reader keeps is a refusal of its own, which the oracle does not know.
    CheckRequestComparison.compare(message, "fuzz");
  }
}
