package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** SIGHUP asks for a reload and ends nothing. */
class HangupTest {
  @Test
  void theSignalRunsTheActionAndTheProcessGoesOn() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    assertThat(Hangup.runs(heard::countDown)).isTrue();
    String self = String.valueOf(ProcessHandle.current().pid());
    assertThat(new ProcessBuilder("kill", "-HUP", self).start().waitFor()).isZero();
    assertThat(heard.await(5, TimeUnit.SECONDS)).isTrue();
  }
}
