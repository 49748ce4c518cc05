package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.DecisionListener;
import io.netty.util.ResourceLeakDetector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One connection that breaks HTTP/2's peace, and another beside it, on the same event loop, whose
 * checks are answered all the while.
 */
@Timeout(120)
class GrpcFloodTest {
  private static final byte[] ALICE = DoorFixture.checkOf("alice", "/orders");
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final int CANCEL = 8;
  private static final int PROTOCOL_ERROR = 1;
  private static final int BURST = 1_000;
  private static final int FEW_RESETS = 5_000;
  private static final int MOST = 100_000;

  private final ResourceLeakDetector.Level leakDetection = ResourceLeakDetector.getLevel();
  private DoorFixture door;
  private FrameClient attacker;
  private FrameClient victim;
  private int victimStream = 1;

  @BeforeEach
  void open() throws IOException {
    // Paranoid leak detection keeps a stack of each access, which is not what is measured here.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    door = new DoorFixture();
    attacker = door.connect().open();
    victim = door.connect().open();
  }

  @AfterEach
  void close() throws IOException {
    attacker.close();
    victim.close();
    door.close();
    ResourceLeakDetector.setLevel(leakDetection);
  }

  private void assertVictimIsAnswered() throws IOException {
    assertThat(victim.check(victimStream, ALICE).grpcStatus()).isEqualTo("0");
    victimStream += 2;
  }

  /** Sends bursts until the server ends the connection; how many frames groups it took. */
  private int flood(IntFunction<byte[]> group) throws Exception {
    CompletableFuture<Void> ended =
        CompletableFuture.runAsync(() -> {
          try {
            attacker.readToEnd();
          } catch (SocketTimeoutException e) {
            throw new UncheckedIOException("the server let it go on", e);
          } catch (IOException _) {
            // A reset is an end too.
          }
        });
    int sent = 0;
    try {
      while (sent < MOST && !ended.isDone()) {
        ByteArrayOutputStream burst = new ByteArrayOutputStream();
        for (int i = 0; i < BURST; i++, sent++) {
          burst.writeBytes(group.apply(2 * sent + 1));
        }
        attacker.send(burst.toByteArray());
        if (sent % (5 * BURST) == 0) {
          assertVictimIsAnswered();
        }
      }
    } catch (IOException _) {
      // The server has ended the connection while this wrote.
    }
    ended.get(20, TimeUnit.SECONDS);
    return sent;
  }

  private static byte[] bytes(Frame... frames) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Frame frame : frames) {
      bytes.writeBytes(frame.toBytes());
    }
    return bytes.toByteArray();
  }

  /** The real limit takes a real attacker's minute; GrpcTimeTest says what it is. */
  @Test
  @DisplayName("A78 C67 HEADERS and RST_STREAM without end: GOAWAY at the limit, others answered")
  void headersAndResetsWithoutEnd() throws Exception {
    byte[] headers = FrameClient.call(1, FrameClient.CHECK).payload();
    attacker.close();
    attacker = new FrameClient(door.listenForFewResets(FEW_RESETS)).open();
    int sent =
        flood(stream ->
            bytes(
                new Frame(Frame.HEADERS, Frame.END_HEADERS, stream, headers),
                Frame.ofInt(Frame.RST_STREAM, stream, CANCEL)));

    assertThat(sent).isGreaterThan(FEW_RESETS);
    assertThat(door.checks.seen()).hasSize((victimStream - 1) / 2);
    assertVictimIsAnswered();
  }

  /** Ways to make a server reset its own streams. */
  enum MadeYouReset {
    /** RFC 9113, section 6.9. */
    WINDOW_UPDATE_OF_NOTHING,
    /** Section 6.3. */
    PRIORITY_OF_FOUR_BYTES,
    /** Section 5.1. */
    DATA_AFTER_THE_END;

    Frame[] frames(int stream) {
      Frame headers = FrameClient.call(stream, FrameClient.CHECK);
      return switch (this) {
        case WINDOW_UPDATE_OF_NOTHING ->
            new Frame[] {headers, Frame.ofInt(Frame.WINDOW_UPDATE, stream, 0)};
        case PRIORITY_OF_FOUR_BYTES ->
            new Frame[] {headers, Frame.ofInt(Frame.PRIORITY, stream, 0)};
        case DATA_AFTER_THE_END ->
            new Frame[] {
              headers,
              Frame.data(stream, true, FrameClient.prefixed(DoorFixture.checkOf("alice", "/slow"))),
              Frame.data(stream, false, new byte[1])
            };
      };
    }
  }

  @ParameterizedTest
  @EnumSource(MadeYouReset.class)
  @DisplayName("A79 a gateway that makes Limen reset streams without end: GOAWAY at the limit")
  void whoMakesLimenResetStreamsIsSentAway(MadeYouReset way) throws Exception {
    int limit = GrpcConnectionBuilder.MAX_RST_SENT_PER_WINDOW;
    int sent = flood(stream -> bytes(way.frames(stream)));

    assertThat(sent).isGreaterThanOrEqualTo(limit);
    assertThat(attacker.all()).anyMatch(frame -> frame.type() == Frame.RST_STREAM);
    assertVictimIsAnswered();
  }

  @Test
  @DisplayName("A79 a check whose stream Limen resets is told that nobody waits")
  void aCheckWhoseStreamIsResetIsToldSo() throws Exception {
    attacker.send(MadeYouReset.DATA_AFTER_THE_END.frames(1));
    DecisionListener listener = door.checks.awaitSlow();
    assertThat(attacker.answer(1).resetCode).isNotNull();
    for (int i = 0; i < 20_000 && !listener.isCancelled(); i++) {
      Thread.sleep(1);
    }

    assertThat(listener.isCancelled()).isTrue();
  }

  @Test
  @DisplayName("A80 CONTINUATION of 64 KiB without end is stopped before it is all read")
  void continuationOf64KibIsStopped() throws Exception {
    String[] pairs = new String[2 * 1_638];
    Arrays.fill(pairs, "a");
    byte[] fields = Frame.block(pairs);
    // Once to acknowledge the settings, which make the limit Limen's own; once to know it has come.
    attacker.roundTrip(1);
    attacker.roundTrip(2);
    attacker.send(new Frame(Frame.HEADERS, 0, 1, new byte[0]));
    try {
      for (int i = 0; i < 8; i++) {
        attacker.send(new Frame(Frame.CONTINUATION, 0, 1, fields));
      }
    } catch (IOException _) {
      // The server has ended the connection while this wrote.
    }

    assertThat(attacker.control(Frame.GOAWAY).intAt(4)).isEqualTo(PROTOCOL_ERROR);
    assertVictimIsAnswered();
  }

  /** One entry of the dynamic table that is nearly as large as the table, and what refers to it. */
  private static Frame bomb(int references) {
    byte[] call = FrameClient.call(1, FrameClient.CHECK).payload();
    byte[] entry = Frame.block("x-bomb", "b".repeat(4_000));
    entry[0] = 0x40;
    byte[] indexed = new byte[references];
    Arrays.fill(indexed, (byte) 0xbe);
    byte[] block =
        ByteBuffer.allocate(call.length + entry.length + references)
            .put(call)
            .put(entry)
            .put(indexed)
            .array();
    return new Frame(Frame.HEADERS, Frame.END_HEADERS, 1, block);
  }

  @Test
  @DisplayName("A81 C71 a table entry that is referred to 10,000 times costs a few times the limit")
  void aTableEntryReferredToManyTimesCostsLittle() throws Exception {
    long allocated = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      beginAnew();
      long before = door.allocatedBytes();
      attacker.send(bomb(10_000), Frame.data(1, true, FrameClient.prefixed(ALICE)));
      attacker.answer(1);
      allocated = Math.min(allocated, door.allocatedBytes() - before);
    }
    System.out.println("A81: 40 MB out of 14 KB, allocated bytes: " + allocated);

    assertThat(allocated).isLessThan(4L * GrpcConnectionBuilder.MAX_HEADER_LIST_BYTES);
    assertThat(door.checks.seen()).isEmpty();
    assertThat(attacker.check(3, ALICE).grpcStatus()).isEqualTo("0");
  }

  /** Another attacker, and nothing under way: the least of several counts what the attack costs. */
  private void beginAnew() throws IOException {
    attacker.close();
    attacker = door.connect().open();
    victim.roundTrip(1);
    attacker.roundTrip(1);
  }

  private void sendThirtyThousand(byte[] crumbs) throws IOException {
    attacker.send(FrameClient.call(1, FrameClient.CHECK));
    attacker.send(new Frame(Frame.HEADERS, 0, 3, FrameClient.call(3, "/").payload()));
    try {
      for (int i = 0; i < 30_000 * 4 / crumbs.length; i++) {
        attacker.send(new Frame(Frame.CONTINUATION, 0, 3, crumbs));
      }
      attacker.send(new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 3, new byte[0]));
    } catch (IOException _) {
      // The server has ended the connection while this wrote.
    }
  }

  @Test
  @DisplayName("A81 30,000 cookie crumbs are no call, and cost a few times the limit")
  void thirtyThousandCookieCrumbsAreNoCall() throws Exception {
    byte[] crumb = {0x0f, 0x11, 1, 'a'};
    byte[] crumbs = new byte[16 * 1024];
    for (int i = 0; i < crumbs.length; i++) {
      crumbs[i] = crumb[i % crumb.length];
    }
    long allocated = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      beginAnew();
      long before = door.allocatedBytes();
      sendThirtyThousand(crumbs);
      attacker.control(Frame.GOAWAY);
      allocated = Math.min(allocated, door.allocatedBytes() - before);
    }
    System.out.println("A81: 30,000 crumbs, allocated bytes: " + allocated);

    assertThat(allocated).isLessThan(4L * GrpcConnectionBuilder.MAX_HEADER_LIST_BYTES);
    assertThat(door.checks.seen()).isEmpty();
    assertVictimIsAnswered();
  }

  @ParameterizedTest
  @ValueSource(ints = {Frame.SETTINGS, Frame.PING, Frame.PRIORITY, 0x42})
  @DisplayName("A82 C76 20,000 frames that ask for nothing: an end, or nothing, others answered")
  void framesThatAskForNothingAreBoundedInCost(int type) throws Exception {
    int length =
        switch (type) {
          case Frame.PING -> 8;
          case Frame.PRIORITY -> 5;
          default -> 0;
        };
    int stream = type == Frame.PRIORITY ? 1 : 0;
    byte[] one = new Frame(type, 0, stream, new byte[length]).toBytes();
    ByteArrayOutputStream burst = new ByteArrayOutputStream();
    for (int i = 0; i < 100; i++) {
      burst.writeBytes(one);
    }
    boolean ended = false;
    for (int sent = 0; sent < 20_000 && !ended; sent += 100) {
      try {
        attacker.send(burst.toByteArray());
        attacker.roundTrip(sent);
      } catch (IOException | AssertionError _) {
        ended = true;
      }
      if (sent % 2_000 == 0) {
        assertVictimIsAnswered();
      }
    }
    System.out.println("A82: frames of type " + type + ": ended=" + ended);

    assertVictimIsAnswered();
    assertThat(door.checks.seen()).hasSize((victimStream - 1) / 2);
  }

  @Test
  @DisplayName("A82 C77 empty DATA without end: GOAWAY at once, others answered")
  void emptyDataWithoutEnd() throws Exception {
    attacker.send(FrameClient.call(1, FrameClient.CHECK));
    for (int i = 0; i < 11; i++) {
      attacker.send(Frame.data(1, false, new byte[0]));
    }

    assertThat(attacker.control(Frame.GOAWAY).intAt(4)).isEqualTo(ENHANCE_YOUR_CALM);
    assertVictimIsAnswered();
  }
}
