package dev.limen.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Reply;
import dev.limen.demo.run.Await;
import dev.limen.demo.run.Layout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A Limen whose system clock somebody sets: the wall clock of that one process, and not its
 * monotonic one. Redis and the provider know what time it is.
 */
@Timeout(600)
class ClockJumpTest {
  private static final Pattern JUMP = Pattern.compile("\nlimen_clock_jump_seconds (\\S+)");
  private static final Duration COMPILING = Duration.ofSeconds(60);
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final long THREE_HOURS = Duration.ofHours(3).toSeconds();

  /** The two clocks and the figure are not read in the same moment. */
  private static final double SLACK = 1;

  @TempDir private static Path folder;
  private static Path setting;
  private static Fleet fleet;
  private static Person person;

  @BeforeAll
  static void start() throws Exception {
    setting = Files.write(folder.resolve("seconds-ahead"), new byte[Long.BYTES]);
    Map<String, String> environment =
        Map.of("LD_PRELOAD", compiled().toString(), "SET_CLOCK_FILE", setting.toString());
    fleet = Fleet.start(new Fleet.Plan(1, 2, Duration.ofMinutes(5), environment));
    person = new Person(fleet);
  }

  @AfterAll
  static void stop() {
    if (fleet != null) {
      fleet.close();
    }
  }

  private static Path compiled() throws IOException, InterruptedException {
    Path source = Layout.find().root().resolve("deploy/e2e/src/test/c/set_clock.c");
    Path library = folder.resolve("set_clock.so");
    ProcessBuilder compiler =
        new ProcessBuilder(
            List.of("cc", "-shared", "-fPIC", "-O2", "-o", library.toString(), source.toString()));
    try {
      Process process = compiler.inheritIO().start();
      assertThat(process.waitFor(COMPILING.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("cc").isZero();
    } catch (IOException missing) {
      assertThat(System.getenv("CI")).as("a C compiler: " + missing.getMessage()).isNull();
      Assumptions.abort("no C compiler: " + missing.getMessage());
    }
    return library;
  }

  private static void setAhead(long seconds) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    bytes.putLong(0, seconds);
    try (FileChannel file = FileChannel.open(setting, StandardOpenOption.WRITE)) {
      file.write(bytes, 0);
    }
  }

  private static double jumpSeconds(Replica limen) throws IOException {
    Matcher figure = JUMP.matcher(limen.metrics());
    assertThat(figure.find()).as("limen_clock_jump_seconds").isTrue();
    return Double.parseDouble(figure.group(1));
  }

  private static void requireAllowed(CheckWire wire, String cookie) throws IOException {
    Reply reply = wire.check(cookie);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(Person.clearsTheSession(reply)).as("a cookie that is taken away").isFalse();
  }

  /** Longer than a session may be idle, and than any token lives. */
  @ParameterizedTest
  @ValueSource(ints = {1, -1})
  void aClockThatIsSetEndsNoSessionAndHoldsUpNoSignIn(int way) throws IOException {
    Replica limen = fleet.replicas.getFirst();
    String before = person.signInWithin(SOON, "u0", limen);
    try (CheckWire wire = new CheckWire(limen)) {
      requireAllowed(wire, before);
      setAhead(way * THREE_HOURS);
      requireAllowed(wire, before);
      assertThat(jumpSeconds(limen))
          .isBetween(way * THREE_HOURS - SLACK, way * THREE_HOURS + SLACK);
      String meanwhile = person.signInWithin(SOON, "u1", limen);
      requireAllowed(wire, meanwhile);
      setAhead(0);
      requireAllowed(wire, before);
      requireAllowed(wire, meanwhile);
      assertThat(Await.until(SOON, () -> jumpSeconds(limen) == 0)).as("set right again").isTrue();
    } finally {
      setAhead(0);
    }
  }
}
