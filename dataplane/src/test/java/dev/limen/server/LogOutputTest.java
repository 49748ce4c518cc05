package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.metrics.Metrics;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody waits for the reader of the log, and what was logged is there in the end. */
@Timeout(180)
class LogOutputTest {
  private static final int MANY = 100_000;

  private final Metrics metrics = new Metrics();
  private final CountDownLatch read = new CountDownLatch(1);
  private final CountDownLatch entered = new CountDownLatch(1);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final LogOutput output =
      LogOutput.before(
          new PrintStream(
              new OutputStream() {
                @Override
                public void write(int oneByte) {
                  write(new byte[] {(byte) oneByte}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                  entered.countDown();
                  awaitQuietly(read);
                  out.write(bytes, offset, length);
                }
              }));

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    output.write(bytes, 0, bytes.length);
  }

  private List<String> lines() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private String dropped() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("limen_log_lines_dropped_total "))
        .findFirst()
        .orElse("none")
        .replaceAll(".* ", "");
  }

  @Test
  void asManyBytesAsMayWaitWaitAndTheNextLineIsDroppedWholeAndCounted() throws Exception {
    output.countIn(metrics);
    write("a\n");
    entered.await();
    // What the writer holds in its hands counts until it is rid of it.
    write("b".repeat(LogOutput.MAX_WAITING_BYTES - 3) + "\n");
    assertThat(dropped()).isEqualTo("0.0");
    write("c\n");
    assertThat(dropped()).isEqualTo("1.0");

    read.countDown();
    output.close();
    assertThat(lines()).hasSize(2).first().isEqualTo("a");
    assertThat(lines().getLast()).hasSize(LogOutput.MAX_WAITING_BYTES - 3);
  }

  @Test
  void whatWasDroppedBeforeItIsCountedIsCountedToo() throws Exception {
    write("a\n");
    entered.await();
    write("b".repeat(LogOutput.MAX_WAITING_BYTES) + "\n");
    write("c".repeat(LogOutput.MAX_WAITING_BYTES) + "\n");
    output.countIn(metrics);
    assertThat(dropped()).isEqualTo("2.0");
    read.countDown();
    output.close();
  }

  @Test
  void allThatWasAcceptedIsThereAfterTheEndInItsOrder() {
    read.countDown();
    for (int i = 0; i < 10_000; i++) {
      write(i + "\n");
    }
    output.close();
    write("after the end\n");
    assertThat(lines()).hasSize(10_001).startsWith("0", "1").endsWith("9999", "after the end");
  }

  @Test
  void aLineThatComesInPiecesIsWholeAndOneWithoutAnEndIsNotKeptBack() {
    read.countDown();
    write("one ");
    write("line\n");
    write("half a line");
    output.flush();
    output.close();
    assertThat(lines()).containsExactly("one line", "half a line");
  }

  @Test
  void whoMayWaitLeavesHalfOfTheRoomToOthers() throws Exception {
    write("a\n");
    entered.await();
    write("b".repeat(LogOutput.MAX_WAITING_BYTES / 2 - 3) + "\n");
    output.awaitRoom();
    write("c\n");
    Thread patient = Thread.ofPlatform().daemon().start(output::awaitRoom);
    assertThat(patient.join(Duration.ofMillis(100))).isFalse();

    read.countDown();
    patient.join();
    output.close();
  }

  @Test
  void aProcessWhoseOutputNobodyReadsGoesOnAndLosesOnlyWhatItCounts() throws Exception {
    Process process = chatty(MANY);
    // It has warned as often as it was told to, and not a line of it was read.
    double lost = lost(process);
    assertThat(lost).isPositive();

    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>();
    do {
      lines.add(reader.readLine());
    } while (!lines.getLast().contains("log lines dropped"));
    assertThat(linesUntilTheEnd(process)).isEmpty();
    assertThat(lines.stream().filter(line -> line.contains("warned number=")).count())
        .isEqualTo(MANY - (long) lost);
    assertThat(lines).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
    assertThat(lines.getLast()).contains("standard output is slow: " + (long) lost + "\"");
  }

  @Test
  void aProcessThatEndsAsItShouldHasSaidAllThatItLogged() throws Exception {
    Process process = chatty(5_000);
    assertThat(linesUntilTheEnd(process)).hasSize(5_000).last().asString().contains("number=4999");
  }

  private static Process chatty(int times) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.limen.server.ChattyMain",
            Integer.toString(times))
        .start();
  }

  private static double lost(Process process) throws IOException {
    BufferedReader errors = process.errorReader(StandardCharsets.UTF_8);
    String line = errors.readLine();
    while (line != null && !line.startsWith("limen_log_lines_dropped_total ")) {
      line = errors.readLine();
    }
    assertThat(line).isNotNull();
    return Double.parseDouble(line.replaceAll(".* ", ""));
  }

  private static List<String> linesUntilTheEnd(Process process) throws Exception {
    process.outputWriter().append('\n').close();
    List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    return lines;
  }
}
