package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.extauthz.CheckRequestComparison.Verdict;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Real CheckRequests, damaged at random, go to the reader and to protobuf-java. The default run is
 * the same each time; {@code -Dlimen.fuzz.seed} makes it another, {@code -Dlimen.fuzz.count}
 * longer. Whoever makes a check of what the reader reads has a test that extends this one.
 */
@DisplayName("C122 differential fuzz")
public class CheckRequestFuzzTest {
  private static final int COUNT = Integer.getInteger("limen.fuzz.count", 200_000);
  private static final int MAX_SEED_BYTES = 2_000;

  /** Bytes that mean much in this format: lengths, tags, ends of varints. */
  private static final byte[] TELLING =
      Wire.bytes(0, 1, 2, 8, 0x0a, 0x12, 0x1a, 0x22, 0x2a, 0x32, 0x6a, 0x0b, 0x0c, 0x7f, 0x80, 255);

  private final long seed = Long.getLong("limen.fuzz.seed", 1);
  private final SplittableRandom random = new SplittableRandom(seed);
  private int accepted;
  private int acceptedByEnvoy;

  @Test
  void aDamagedCheckRequestMeansTheSameToReaderAndOracleOrIsRefusedByBoth() throws IOException {
    System.out.println(
        getClass().getSimpleName() + ": limen.fuzz.seed=" + seed + " count=" + COUNT);
    List<byte[]> corpus =
        recordings().stream().filter(message -> message.length <= MAX_SEED_BYTES).toList();
    for (int i = 0; i < COUNT; i++) {
      byte[] message = corpus.get(random.nextInt(corpus.size()));
      for (int damages = 1 + random.nextInt(3); damages > 0; damages--) {
        message = damage(message, corpus);
      }
      compare(message);
    }
    System.out.println(
        getClass().getSimpleName()
            + ": accepted="
            + accepted
            + " by Envoy's classes="
            + acceptedByEnvoy);
    assertThat(acceptedByEnvoy).isBetween(COUNT / 20, COUNT - COUNT / 20);
  }

  /** What a real Envoy sent. */
  protected List<byte[]> recordings() throws IOException {
    return Golden.checkRequests().stream().map(Golden::bytes).toList();
  }

  /**
   * Whether whoever makes a check of what the reader reads agrees, too.
   *
   * @param expected null if the message is malformed
   */
  protected boolean isTakenAs(byte[] message, @Nullable CheckRequestModel expected) {
    return true;
  }

  private void compare(byte[] message) {
    Verdict verdict = CheckRequestComparison.compare(message, "seed=" + seed);
    accepted += verdict == Verdict.REFUSED ? 0 : 1;
    acceptedByEnvoy += verdict == Verdict.ACCEPTED_BY_ENVOY ? 1 : 0;
    if (!isTakenAs(message, CheckRequestComparison.expected(message))) {
      throw new AssertionError(
          "made another check of it: seed="
              + seed
              + " message="
              + HexFormat.of().formatHex(message));
    }
  }

  private byte[] damage(byte[] message, List<byte[]> corpus) {
    int at = random.nextInt(message.length + 1);
    return switch (random.nextInt(9)) {
      case 0 -> Arrays.copyOf(message, at);
      case 1 -> replace(message, at, (byte) random.nextInt());
      case 2 -> replace(message, at, TELLING[random.nextInt(TELLING.length)]);
      case 3 -> replace(message, at, (byte) (at < message.length ? message[at] + 1 : 0));
      case 4 -> splice(message, at, at, part(message));
      case 5 -> splice(message, at, Math.min(message.length, at + random.nextInt(8)), new byte[0]);
      case 6 -> splice(message, at, at, oddField());
      case 7 -> Wire.concat(message, corpus.get(random.nextInt(corpus.size())));
      default -> splice(message, at, at, new byte[] {TELLING[random.nextInt(TELLING.length)]});
    };
  }

  private byte[] part(byte[] message) {
    int from = random.nextInt(message.length + 1);
    return Arrays.copyOfRange(message, from, from + random.nextInt(message.length - from + 1));
  }

  /** A CheckRequest, or a field of one, that Envoy would not send but protobuf knows. */
  private byte[] oddField() {
    int field = 1 + random.nextInt(14);
    byte[] odd =
        switch (random.nextInt(6)) {
          case 0 -> Wire.number(field, random.nextLong());
          case 1 -> Wire.group(field, Wire.number(1, 2), Wire.group(3, Wire.text(4, "x")));
          case 2 -> Wire.concat(Wire.tag(field, 5), new byte[4]);
          case 3 -> Wire.message(field, Wire.text(2, "v"), Wire.text(1, "k"));
          case 4 -> Wire.message(13, Wire.message(1, Wire.text(1, "k"), Wire.text(3, "r")));
          default -> Wire.concat(Wire.tag(field, 0), Wire.varintOfLength(9 + field % 3, field));
        };
    return switch (random.nextInt(4)) {
      case 0 -> odd;
      case 1 -> Wire.http(odd);
      case 2 -> Wire.source(odd);
      default -> Wire.source(Wire.message(1, odd));
    };
  }

  private static byte[] replace(byte[] message, int at, byte value) {
    byte[] damaged = message.clone();
    if (at < damaged.length) {
      damaged[at] = value;
    }
    return damaged;
  }

  private static byte[] splice(byte[] message, int from, int to, byte[] between) {
    return Wire.concat(
        Arrays.copyOf(message, from), between, Arrays.copyOfRange(message, to, message.length));
  }
}
