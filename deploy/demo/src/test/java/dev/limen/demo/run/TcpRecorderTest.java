package dev.limen.demo.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the judge relies on: every byte passed, every byte kept, and no silence past the limit. */
final class TcpRecorderTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private ServerSocket target;

  @BeforeEach
  void startTarget() throws IOException {
    target = new ServerSocket(0, 8, LOOPBACK);
    Thread.ofVirtual().start(this::answerShouting);
  }

  @AfterEach
  void stopTarget() throws IOException {
    target.close();
  }

  @Test
  void bytesPassBothWaysAndAreKept() throws IOException {
    try (TcpRecorder recorder = recorder(UnaryOperator.identity(), TcpRecorder.LIMIT)) {
      assertThat(ask(recorder, "where is the marker")).isEqualTo("WHERE IS THE MARKER");
      assertThat(recorder.sawRequest("the marker")).isTrue();
      assertThat(recorder.sawRequest("THE MARKER")).isFalse();
      assertThat(recorder.sawAnswer("THE MARKER")).isTrue();
      assertThat(recorder.requestBytes()).isEqualTo("where is the marker".length());
    }
  }

  @Test
  void whatComesInTwoPiecesIsFoundAsOne() throws IOException {
    try (TcpRecorder recorder = recorder(UnaryOperator.identity(), TcpRecorder.LIMIT);
        Socket socket = new Socket(LOOPBACK, recorder.port())) {
      socket.setTcpNoDelay(true);
      socket.getOutputStream().write("mar".getBytes(UTF_8));
      assertThat(Await.until(Duration.ofSeconds(5), () -> recorder.requestBytes() == 3)).isTrue();
      socket.getOutputStream().write("ker".getBytes(UTF_8));
      socket.shutdownOutput();
      readAll(socket.getInputStream());
      assertThat(recorder.sawRequest("marker")).isTrue();
    }
  }

  @Test
  void anAnswerCanBeChangedOnItsWay() throws IOException {
    UnaryOperator<byte[]> change = piece -> Bytes.replaceSameLength(piece, "LAX", "NOT");
    try (TcpRecorder recorder = recorder(change, TcpRecorder.LIMIT)) {
      assertThat(ask(recorder, "samesite=lax")).isEqualTo("SAMESITE=NOT");
      assertThat(recorder.sawAnswer("SAMESITE=LAX")).isTrue();
    }
  }

  @Test
  void aFullRecordingDeniesNothing() throws IOException {
    try (TcpRecorder recorder = recorder(UnaryOperator.identity(), 10)) {
      ask(recorder, "more than ten bytes");
      assertThatThrownBy(() -> recorder.sawRequest("anything"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the recording is full: limit=10");
    }
  }

  @Test
  void aTargetThatIsAwayLooksAwayToTheGateway() throws IOException {
    target.close();
    try (TcpRecorder recorder = recorder(UnaryOperator.identity(), TcpRecorder.LIMIT)) {
      assertThat(ask(recorder, "")).isEmpty();
      assertThat(recorder.requestBytes()).isZero();
    }
  }

  @Test
  void afterItIsClosedItsPortIsFreeAtOnce() {
    for (int round = 0; round < 500; round++) {
      TcpRecorder recorder = recorder(UnaryOperator.identity(), TcpRecorder.LIMIT);
      int port = recorder.port();
      recorder.close();
      Ports.requireFree(port, "the next run");
    }
  }

  private TcpRecorder recorder(UnaryOperator<byte[]> change, int limit) {
    return TcpRecorder.start(0, target.getLocalPort(), change, limit);
  }

  private static String ask(TcpRecorder recorder, String question) throws IOException {
    try (Socket socket = new Socket(LOOPBACK, recorder.port())) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(question.getBytes(UTF_8));
      socket.shutdownOutput();
      return readAll(socket.getInputStream());
    }
  }

  private static String readAll(InputStream in) throws IOException {
    return new String(in.readAllBytes(), UTF_8);
  }

  private void answerShouting() {
    while (!target.isClosed()) {
      try (Socket socket = target.accept()) {
        String question = readAll(socket.getInputStream());
        socket.getOutputStream().write(question.toUpperCase(Locale.ROOT).getBytes(UTF_8));
      } catch (IOException _) {
        // Closed by the test.
      }
    }
  }
}
