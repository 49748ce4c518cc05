package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Golden;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole connections of a real Envoy 1.40, byte for byte. */
@Timeout(60)
class GrpcReplayTest {
  private static final int FRAME_HEADER_BYTES = 9;

  /** The streams of a recording that were not cancelled. */
  private static Set<Integer> streams(byte[] recording) {
    Set<Integer> streams = new TreeSet<>();
    Set<Integer> cancelled = new TreeSet<>();
    ByteBuffer frames = ByteBuffer.wrap(recording);
    frames.position(FrameClient.PREFACE.length);
    while (frames.remaining() >= FRAME_HEADER_BYTES) {
      int lengthAndType = frames.getInt();
      frames.get();
      int stream = frames.getInt();
      frames.position(frames.position() + (lengthAndType >>> 8));
      int type = lengthAndType & 0xff;
      if (type == Frame.HEADERS) {
        streams.add(stream);
      } else if (type == Frame.RST_STREAM) {
        cancelled.add(stream);
      }
    }
    streams.removeAll(cancelled);
    return streams;
  }

  @ParameterizedTest
  @CsvSource({
    "seq50, 50",
    "interleaved50-cancel4, 46",
    "tracing-opentelemetry, 5",
    "tracing-zipkin, 5"
  })
  @DisplayName("C59 every check of a connection that a real Envoy opened is answered")
  void everyCheckOfARecordedConnectionIsAnswered(String tag, int count) throws IOException {
    replay(tag, count, answer -> assertThat(CheckResponse.parseFrom(answer).hasStatus()).isTrue());
  }

  @ParameterizedTest
  @CsvSource({"health-check, 3"})
  @DisplayName("Envoy's health checker is told SERVING")
  void envoysHealthCheckerIsToldServing(String tag, int atLeast) throws IOException {
    replay(tag, -atLeast, answer -> assertThat(answer).containsExactly(8, 1));
  }

  /** What must hold of each answer. */
  private interface Expectation {
    void check(byte[] message) throws IOException;
  }

  /** {@code count} below 0: at least so many. */
  private static void replay(String tag, int count, Expectation expectation) throws IOException {
    byte[] recording =
        Golden.files("connections", tag + ".envoy-to-server.bin").values().iterator().next();
    Set<Integer> streams = streams(recording);
    if (count >= 0) {
      assertThat(streams).hasSize(count);
    } else {
      assertThat(streams).hasSizeGreaterThanOrEqualTo(-count);
    }
    for (int step : new int[] {recording.length, 997}) {
      try (DoorFixture door = new DoorFixture();
          FrameClient client = door.connect().replaying()) {
        for (int from = 0; from < recording.length; from += step) {
          client.send(Arrays.copyOfRange(recording, from, Math.min(recording.length, from + step)));
        }
        for (int stream : streams) {
          FrameClient.Answer answer = client.answer(stream);
          assertThat(answer.grpcStatus()).isEqualTo("0");
          assertThat(answer.frameTypes)
              .startsWith(Frame.HEADERS, Frame.DATA)
              .endsWith(Frame.DATA, Frame.HEADERS);
          expectation.check(answer.message());
        }
      }
    }
  }
}
