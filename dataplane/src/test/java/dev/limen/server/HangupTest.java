package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** SIGHUP asks for a reload and ends nothing. */
class HangupTest {
  private static final int SIGHUP = 1;

  @Test
  void theSignalRunsTheActionAndTheProcessGoesOn() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    assertThat(Hangup.runs(heard::countDown)).isTrue();
    String self = String.valueOf(ProcessHandle.current().pid());
    assertThat(new ProcessBuilder("kill", "-HUP", self).start().waitFor()).isZero();
    if (isDeafToHangups()) {
      assertThat(heard.await(100, TimeUnit.MILLISECONDS)).isFalse();
    } else {
      assertThat(heard.await(5, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** A process under nohup is, and so are its children; a JVM leaves that as it is. */
  private static boolean isDeafToHangups() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("SigIgn:")) {
        long ignored = Long.parseUnsignedLong(line.substring(7).strip(), 16);
        return (ignored & (1L << (SIGHUP - 1))) != 0;
      }
    }
    return false;
  }
}
