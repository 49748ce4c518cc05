package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Reply;
import dev.limen.demo.run.Await;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Limen;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Ports;
import dev.limen.demo.run.Stage;
import dev.limen.demo.run.Variation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two Limens behind the shipped gateway are restarted in turn while people ask.
 *
 * <p>Invariant: of the shipped file only the second address is added, and that a try goes to another
 * one than the last; what is waited for is longer. How often: {@code limen.restarts}, 1 by default,
 * over gRPC; in the long run 10 of each, over both.
 */
class RestartsUnderLoadTest {
  private static final int RESTARTS = Integer.getInteger("limen.restarts", 1);

  /** Below the ports that the system gives to clients. */
  private static final int SECOND_GRPC = 19_191;

  /** Between an answer and the next question of each of four. */
  private static final long PAUSE_NANOS = 5_000_000;

  private static final int SECOND_HTTP = 14_180;
  private static final int SECOND_MANAGEMENT = 19_193;

  private final Map<Integer, AtomicLong> answers = new ConcurrentHashMap<>();

  static Stream<Mode> modes() {
    return RESTARTS == 1 ? Stream.of(Mode.GRPC) : Stream.of(Mode.values());
  }

  private static String twoAddresses(String shipped, Mode mode) {
    String port = "port_value: " + (mode == Mode.GRPC ? Ports.LIMEN_GRPC : Ports.LIMEN_HTTP);
    String second = "port_value: " + (mode == Mode.GRPC ? SECOND_GRPC : SECOND_HTTP);
    String endpoint =
        shipped.lines().filter(line -> line.contains(port)).findFirst().orElseThrow() + "\n";
    String retries = "                  num_retries: 3\n";
    String elsewhere =
        """
                          retry_host_predicate:
                          - name: envoy.retry_host_predicates.previous_hosts
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate
                          host_selection_retry_max_attempts: 5
        """;
    String text = Boundaries.replaced(shipped, endpoint, endpoint + endpoint.replace(port, second));
    text = Boundaries.replaced(text, retries, retries + elsewhere);
    return text.replace("timeout: 2s", "timeout: 20s").replace("max_interval: 2s", "max_interval: 20s");
  }

  private static Limen second(Path folder) {
    Ports.requireFree(SECOND_GRPC, "the second Limen");
    Ports.requireFree(SECOND_HTTP, "the second Limen");
    return start(SECOND_GRPC, SECOND_HTTP, SECOND_MANAGEMENT, folder);
  }

  private static Limen start(int grpc, int http, int management, Path folder) {
    Map<String, String> environment =
        Map.of(
            "LIMEN_SERVER_EXT_AUTHZ_GRPC_BIND_ADDRESS", "127.0.0.1:" + grpc,
            "LIMEN_SERVER_EXT_AUTHZ_HTTP_BIND_ADDRESS", "127.0.0.1:" + http,
            "LIMEN_MANAGEMENT_BIND_ADDRESS", "127.0.0.1:" + management,
            "LIMEN_SERVER_SHUTDOWN_LAME_DUCK", "0s",
            "LIMEN_SERVER_SHUTDOWN_DRAIN", "5s");
    return Limen.start(Layout.find(), environment, folder, management);
  }

  @ParameterizedTest
  @MethodSource("modes")
  @DisplayName("C138 Limens that are restarted in turn under load cost nobody an answer")
  void restartsCostNobodyAnAnswer(Mode mode) throws Exception {
    Variation two = Variation.ofEnvoy(shipped -> twoAddresses(shipped, mode));
    List<Limen> limens = new ArrayList<>();
    try (Stage stage = Stage.open(Layout.find(), Stage.Options.DEMO.with(two), _ -> {})) {
      limens.add(second(stage.folder()));
      stage.openGateway(mode, _ -> {});
      limens.getFirst().awaitReady();
      AtomicBoolean ended = new AtomicBoolean();
      List<Thread> people = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        people.add(Thread.ofVirtual().start(() -> askUntil(ended)));
      }
      Limen first = stage.limen();
      for (int i = 0; i < RESTARTS; i++) {
        first.close();
        first = start(Ports.LIMEN_GRPC, Ports.LIMEN_HTTP, Ports.LIMEN_MANAGEMENT, stage.folder());
        limens.add(first);
        restarted(first);
        limens.getFirst().close();
        limens.set(0, second(stage.folder()));
        restarted(limens.getFirst());
      }
      ended.set(true);
      for (Thread each : people) {
        each.join();
      }
    } finally {
      limens.forEach(Limen::close);
    }
    assertThat(answers.keySet()).as(answers.toString()).containsExactly(200);
  }

  /** Ready, and asked for a while. */
  private void restarted(Limen limen) {
    limen.awaitReady();
    long before = asked();
    assertThat(Await.until(Duration.ofSeconds(60), () -> asked() > before + 100)).isTrue();
  }

  private long asked() {
    return answers.values().stream().mapToLong(AtomicLong::get).sum();
  }

  private void askUntil(AtomicBoolean ended) {
    Visitor visitor = new Visitor();
    while (!ended.get()) {
      LockSupport.parkNanos(PAUSE_NANOS);
      answers.computeIfAbsent(status(visitor), _ -> new AtomicLong()).incrementAndGet();
    }
  }

  private static int status(Visitor visitor) {
    try {
      Reply reply = visitor.get("/public/x");
      return reply.status();
    } catch (IOException broken) {
      return 0;
    }
  }
}
