package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.DoorConfig;
import dev.limen.check.Reason;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What no gateway sends: refused for little, and never allowed. */
@Timeout(60)
class MalformedGrpcTest {
  /** A call's headers, frames, a part to put bytes in, and its answer: measured 5 to 12 KB. */
  private static final long FIXED_BYTES = 16 * 1024;

  private static final int SMALL = 1_000;
  private static final int LARGE = 200_000;

  private final ResourceLeakDetector.Level leakDetection = ResourceLeakDetector.getLevel();
  private DoorFixture door;
  private FrameClient client;
  private int stream = 1;

  @BeforeEach
  void open() throws IOException {
    // Paranoid leak detection keeps a stack of each access, which is not what is measured here.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    door =
        new DoorFixture(
            DoorConfig.of(Duration.ofSeconds(10)),
            _ ->
                (request, listener) ->
                    listener.onDecision(new Decision.Deny(401, Reason.NO_SESSION)));
    client = door.connect().open();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    door.close();
    ResourceLeakDetector.setLevel(leakDetection);
  }

  private static byte[] check(int length) {
    return DoorFixture.checkRequest("/x", "cookie", "x".repeat(length)).toByteArray();
  }

  private static byte[] cut(byte[] message) {
    return Arrays.copyOf(message, message.length - 1);
  }

  /** Attributes, request, http, headers. */
  private static byte[] entries(int count) {
    AttributeContext.HttpRequest.Builder http = AttributeContext.HttpRequest.newBuilder();
    for (int i = 0; i < count; i++) {
      http.putHeaders("h" + i, "v");
    }
    return io.envoyproxy.envoy.service.auth.v3.CheckRequest.newBuilder()
        .setAttributes(
            AttributeContext.newBuilder()
                .setRequest(AttributeContext.Request.newBuilder().setHttp(http)))
        .build()
        .toByteArray();
  }

  /** Messages of each kind, to be made of a length, and the status that refuses them. */
  @SuppressWarnings("ImmutableEnumChecker") // The functions hold nothing.
  enum Kind {
    CUT("13", length -> FrameClient.prefixed(cut(check(length)))),
    GROUPS("13", length -> FrameClient.prefixed(filled(length, (byte) 0x0b))),
    MANY_HEADERS("8", length -> FrameClient.prefixed(entries(CheckRequest.MAX_HEADERS + length))),
    COMPRESSED("13", length -> withFlag(1, check(length))),
    ODD_FLAG("13", length -> withFlag(7, check(length))),
    SHORTER_THAN_SAID("13", length -> cut(FrameClient.prefixed(check(length)))),
    LONGER_THAN_SAID("13", length -> withLength(length, check(length))),
    CLAIMS_THE_MOST(
        "13", length -> withLength(MessageAssembly.MAX_MESSAGE_BYTES, new byte[length])),
    LONGER_THAN_ALLOWED("8", length -> withLength(Integer.MAX_VALUE, check(length)));

    private final String status;
    private final IntFunction<byte[]> bytes;

    Kind(String status, IntFunction<byte[]> bytes) {
      this.status = status;
      this.bytes = bytes;
    }

    private static byte[] filled(int length, byte octet) {
      byte[] bytes = new byte[length];
      Arrays.fill(bytes, octet);
      return bytes;
    }

    private static byte[] withFlag(int flag, byte[] message) {
      byte[] bytes = FrameClient.prefixed(message);
      bytes[0] = (byte) flag;
      return bytes;
    }

    private static byte[] withLength(int length, byte[] message) {
      byte[] bytes = FrameClient.prefixed(message);
      java.nio.ByteBuffer.wrap(bytes).putInt(1, length);
      return bytes;
    }
  }

  /** Sends a call in frames as large as may be; the answer's status. */
  private String status(byte[] bytes) throws IOException {
    client.send(FrameClient.call(stream, FrameClient.CHECK));
    int step = 16 * 1024;
    for (int at = 0; at < bytes.length; at += step) {
      int end = Math.min(bytes.length, at + step);
      client.send(Frame.data(stream, end == bytes.length, Arrays.copyOfRange(bytes, at, end)));
    }
    String status = client.answer(stream).grpcStatus();
    stream += 2;
    return String.valueOf(status);
  }

  private long allocatedFor(byte[] bytes, String status) throws IOException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      client.roundTrip(i);
      long before = door.allocatedBytes();
      assertThat(status(bytes)).isEqualTo(status);
      client.roundTrip(i);
      least = Math.min(least, door.allocatedBytes() - before);
    }
    return least;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  @DisplayName("A86 a malformed call costs no more memory than twice its length, and a little")
  void aMalformedCallCostsNoMoreThanTwiceItsLength(Kind kind) throws IOException {
    byte[] small = kind.bytes.apply(kind == Kind.MANY_HEADERS ? 1 : SMALL);
    byte[] large = kind.bytes.apply(kind == Kind.MANY_HEADERS ? 9_000 : LARGE);
    long forSmall = allocatedFor(small, kind.status);
    long forLarge = allocatedFor(large, kind.status);
    System.out.printf(
        "%s: %d B cost %d, %d B cost %d%n", kind, small.length, forSmall, large.length, forLarge);

    assertThat(forSmall).isLessThan(FIXED_BYTES + 2L * small.length);
    assertThat(forLarge).isLessThan(FIXED_BYTES + 2L * large.length);
    assertThat(door.figures.answeredLabels()).isEmpty();
  }

  @Test
  @DisplayName(
      "A38 60 KiB of cookies are answered, and cost twice their length in memory, and a little")
  void sixtyKibOfCookiesAreAnswered() throws IOException {
    byte[] small = FrameClient.prefixed(check(SMALL));
    byte[] large = FrameClient.prefixed(check(60 * 1024));
    long forSmall = allocatedFor(small, "0");
    long forLarge = allocatedFor(large, "0");
    System.out.printf("A38 gRPC: %d, %d%n", forSmall, forLarge);

    assertThat(forSmall).isLessThan(FIXED_BYTES + 2L * small.length);
    assertThat(forLarge).isLessThan(FIXED_BYTES + 2L * large.length);
  }
}
