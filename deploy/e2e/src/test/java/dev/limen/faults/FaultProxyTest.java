package dev.limen.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.demo.run.Await;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each way to break a link, seen from both of its ends. */
class FaultProxyTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private Echo echo;
  private FaultProxy proxy;

  /** Answers each line with the same line, and counts what arrived. */
  private static final class Echo implements AutoCloseable {
    final ServerSocket listener;
    final AtomicInteger lines = new AtomicInteger();

    Echo() throws IOException {
      listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
      Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
      while (!listener.isClosed()) {
        try {
          Socket socket = listener.accept();
          Thread.ofVirtual().start(() -> answer(socket));
        } catch (IOException _) {
          // Closed.
        }
      }
    }

    private void answer(Socket socket) {
      try (socket) {
        InputStream in = socket.getInputStream();
        for (String line = readLine(in); line != null; line = readLine(in)) {
          lines.incrementAndGet();
          socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        }
      } catch (IOException _) {
        // The other side is gone.
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  @BeforeEach
  void open() throws IOException {
    echo = new Echo();
    proxy = FaultProxy.to(FaultProxy.loopback(echo.listener.getLocalPort()));
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    echo.close();
  }

  private static @Nullable String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        return line.isEmpty() ? null : line.toString();
      }
      line.append((char) next);
    }
    return line.toString();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), proxy.port());
    socket.setSoTimeout((int) SOON.toMillis());
    return socket;
  }

  private static void say(Socket socket, String line) throws IOException {
    socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private static String ask(Socket socket, String line) throws IOException {
    say(socket, line);
    String answer = readLine(socket.getInputStream());
    if (answer == null) {
      throw new EOFException("no answer");
    }
    return answer;
  }

  @Test
  void unbrokenItPassesEveryByteAndTheEnd() throws IOException {
    try (Socket socket = connect()) {
      String long64 = "x".repeat(300_000);
      assertThat(ask(socket, "one")).isEqualTo("one");
      assertThat(ask(socket, long64)).isEqualTo(long64);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(Await.until(SOON, () -> proxy.open() == 0)).isTrue();
    assertThat(proxy.unansweredPorts()).isEmpty();
  }

  @Test
  void aDelayIsTimeAndNothingElse() throws IOException {
    try (Socket socket = connect()) {
      proxy.delay(Duration.ofMillis(120));
      long start = System.nanoTime();
      assertThat(ask(socket, "late")).isEqualTo("late");
      assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(239).toNanos());
      proxy.heal();
      assertThat(ask(socket, "soon")).isEqualTo("soon");
    }
  }

  @Test
  void anAnswerThatIsHeldArrivesWhenItIsLetGo() throws IOException {
    try (Socket socket = connect()) {
      proxy.holdAnswers();
      say(socket, "one");
      assertThat(Await.until(SOON, () -> echo.lines.get() == 1)).as("asked").isTrue();
      socket.setSoTimeout(100);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      proxy.letGo();
      socket.setSoTimeout((int) SOON.toMillis());
      assertThat(readLine(socket.getInputStream())).isEqualTo("one");
      assertThat(ask(socket, "two")).isEqualTo("two");
    }
    assertThat(proxy.unansweredPorts()).isEmpty();
  }

  @Test
  void halfOpenNothingArrivesAndNobodyIsToldUntilItHeals() throws IOException {
    try (Socket before = connect()) {
      assertThat(ask(before, "one")).isEqualTo("one");
      proxy.swallow();
      say(before, "two");
      before.setSoTimeout(100);
      assertThatThrownBy(() -> before.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      try (Socket later = connect()) {
        say(later, "three");
        later.setSoTimeout(100);
        assertThatThrownBy(() -> later.getInputStream().read())
            .isInstanceOf(SocketTimeoutException.class);
      }
      assertThat(echo.lines).hasValue(1);
      proxy.heal();
      before.setSoTimeout((int) SOON.toMillis());
      assertThatThrownBy(() -> ask(before, "four")).isInstanceOf(IOException.class);
    }
    try (Socket after = connect()) {
      assertThat(ask(after, "five")).isEqualTo("five");
    }
  }

  @Test
  void anAnswerIsCutInTheMiddleOnceAndTheRestIsAReset() throws IOException {
    try (Socket socket = connect()) {
      proxy.cutNextAnswer(3);
      say(socket, "abcdef");
      assertThat(socket.getInputStream().readNBytes(3)).asString().isEqualTo("abc");
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertThat(proxy.unansweredPorts()).hasSize(1);
    try (Socket socket = connect()) {
      assertThat(ask(socket, "abcdef")).isEqualTo("abcdef");
    }
  }

  @Test
  void aResetIsSeenAsOneAndNewConnectionsWork() throws IOException {
    try (Socket socket = connect()) {
      assertThat(ask(socket, "one")).isEqualTo("one");
      assertThat(Await.until(SOON, () -> !proxy.owesAnAnswer())).isTrue();
      proxy.resetAll();
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertThat(proxy.unansweredPorts()).isEmpty();
    try (Socket socket = connect()) {
      assertThat(ask(socket, "two")).isEqualTo("two");
    }
  }

  @Test
  void whoIsRefusedIsResetAndWhoWasThereStays() throws IOException {
    try (Socket before = connect()) {
      assertThat(ask(before, "one")).isEqualTo("one");
      proxy.refuse();
      assertThatThrownBy(
              () -> {
                try (Socket refused = connect()) {
                  ask(refused, "two");
                }
              })
          .isInstanceOf(IOException.class);
      assertThat(ask(before, "three")).isEqualTo("three");
      proxy.heal();
    }
    try (Socket socket = connect()) {
      assertThat(ask(socket, "four")).isEqualTo("four");
    }
  }

  @Test
  void aRequestIsAnsweredAndItsAnswerIsLost() throws IOException {
    proxy.strikeOnce(Strike.losing(text -> text.contains("two\n"), text -> text.endsWith("\n")));
    try (Socket socket = connect()) {
      assertThat(ask(socket, "one")).isEqualTo("one");
      socket.getOutputStream().write('t');
      assertThatThrownBy(() -> ask(socket, "wo")).isInstanceOf(IOException.class);
    }
    assertThat(echo.lines).hasValue(2);
    assertThat(proxy.isWaitingToStrike()).isFalse();
    assertThat(proxy.unansweredPorts()).hasSize(1);
    try (Socket socket = connect()) {
      assertThat(ask(socket, "two")).isEqualTo("two");
    }
  }

  @Test
  void aRequestDoesNotArriveAndTheActComesBeforeTheReset() throws Exception {
    CountDownLatch acted = new CountDownLatch(1);
    proxy.strikeOnce(Strike.before(text -> text.contains("two\n"), acted::countDown));
    try (Socket socket = connect()) {
      assertThat(ask(socket, "one")).isEqualTo("one");
      assertThatThrownBy(() -> ask(socket, "two")).isInstanceOf(IOException.class);
    }
    assertThat(acted.await(0, TimeUnit.SECONDS)).isTrue();
    assertThat(echo.lines).hasValue(1);
  }

  /** A write to a process that was killed succeeds, so the proxy must not go by that. */
  @Test
  void anAnswerThatComesWhenTheAskerHasGoneHasNotArrived() throws IOException {
    proxy.delay(Duration.ofMillis(300));
    try (Socket socket = connect()) {
      say(socket, "one");
    }
    assertThat(Await.until(SOON, () -> proxy.unansweredPorts().size() == 1)).isTrue();
  }

  @Test
  void whoeverIsBehindItMayMoveAndWithNobodyThereItIsAReset() throws IOException {
    try (Echo other = new Echo()) {
      proxy.leadTo(FaultProxy.loopback(other.listener.getLocalPort()));
      try (Socket socket = connect()) {
        assertThat(ask(socket, "one")).isEqualTo("one");
      }
      assertThat(other.lines).hasValue(1);
    }
    assertThatThrownBy(
            () -> {
              try (Socket socket = connect()) {
                ask(socket, "two");
              }
            })
        .isInstanceOf(IOException.class);
  }
}
