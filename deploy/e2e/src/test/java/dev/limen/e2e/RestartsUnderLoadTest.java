package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Reply;
import dev.limen.demo.run.Await;
import dev.limen.demo.run.Envoy;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two Limens behind the shipped gateway are restarted in turn while people ask.
 *
 * <p>Invariant: to the shipped file only the second address is added, and that Envoy asks both
 * whether they are ready; what is waited for is longer. How often: {@code limen.restarts}, once by
 * default and over gRPC; in the long run ten times, over both.
 */
class RestartsUnderLoadTest {
  private static final int RESTARTS = Integer.getInteger("limen.restarts", 1);

  /** Below the ports that the system gives to clients. */
  private static final int SECOND_GRPC = 19_191;

  /** Between an answer and the next question of each of four. */
  private static final long PAUSE_NANOS = 5_000_000;

  private static final int SECOND_HTTP = 14_180;
  private static final int SECOND_MANAGEMENT = 19_193;

  /** Long enough for Envoy to see twenty times that it goes. */
  private static final Map<String, String> SHUTDOWN =
      Map.of("LIMEN_SERVER_SHUTDOWN_LAME_DUCK", "2s", "LIMEN_SERVER_SHUTDOWN_DRAIN", "2s");

  private static final String READY =
      """
          health_checks:
          - timeout: 5s
            interval: 0.1s
            no_traffic_interval: 0.1s
            unhealthy_threshold: 1
            healthy_threshold: 1
            http_health_check: {path: /ready}
      """;

  private final Map<Integer, AtomicLong> answers = new ConcurrentHashMap<>();

  static Stream<Mode> modes() {
    return RESTARTS == 1 ? Stream.of(Mode.GRPC) : Stream.of(Mode.values());
  }

  private static String twoAddresses(String shipped, Mode mode) {
    boolean grpc = mode == Mode.GRPC;
    String address = "127.0.0.1, port_value: %d}}";
    String watched = address + ", health_check_config: {port_value: %d}";
    String first = address.formatted(grpc ? Ports.LIMEN_GRPC : Ports.LIMEN_HTTP);
    String endpoint =
        shipped.lines().filter(line -> line.contains(first)).findFirst().orElseThrow() + "\n";
    int one = grpc ? Ports.LIMEN_GRPC : Ports.LIMEN_HTTP;
    int other = grpc ? SECOND_GRPC : SECOND_HTTP;
    String both =
        endpoint.replace(first, watched.formatted(one, Ports.LIMEN_MANAGEMENT))
            + endpoint.replace(first, watched.formatted(other, SECOND_MANAGEMENT));
    String cluster = "  - name: " + cluster(mode) + "\n";
    String text = Boundaries.replaced(shipped, endpoint, both);
    text = Boundaries.replaced(text, cluster, cluster + READY);
    return text.replace("timeout: 2s", "timeout: 20s")
        .replace("max_interval: 2s", "max_interval: 20s");
  }

  private static String cluster(Mode mode) {
    return mode == Mode.GRPC ? "limen-grpc" : "limen-http";
  }

  private static Limen first(Path folder) {
    return start(Ports.LIMEN_GRPC, Ports.LIMEN_HTTP, Ports.LIMEN_MANAGEMENT, folder);
  }

  private static Limen second(Path folder) {
    return start(SECOND_GRPC, SECOND_HTTP, SECOND_MANAGEMENT, folder);
  }

  private static Limen start(int grpc, int http, int management, Path folder) {
    Map<String, String> environment = new HashMap<>(SHUTDOWN);
    environment.put("LIMEN_SERVER_EXT_AUTHZ_GRPC_BIND_ADDRESS", "127.0.0.1:" + grpc);
    environment.put("LIMEN_SERVER_EXT_AUTHZ_HTTP_BIND_ADDRESS", "127.0.0.1:" + http);
    environment.put("LIMEN_MANAGEMENT_BIND_ADDRESS", "127.0.0.1:" + management);
    return Limen.start(Layout.find(), environment, folder, management);
  }

  @ParameterizedTest
  @MethodSource("modes")
  @DisplayName("C138 Limens that are restarted in turn under load cost nobody an answer")
  void restartsCostNobodyAnAnswer(Mode mode) throws Exception {
    Variation two =
        new Variation(
            shipped -> twoAddresses(shipped, mode), SHUTDOWN, UnaryOperator.identity(), null, null);
    List<Limen> limens = new ArrayList<>();
    try (Stage stage = Stage.open(Layout.find(), Stage.Options.DEMO.with(two), _ -> {})) {
      limens.add(second(stage.folder()));
      Envoy envoy = stage.openGateway(mode, _ -> {});
      limens.add(stage.limen());
      awaitBoth(envoy, mode);
      AtomicBoolean ended = new AtomicBoolean();
      List<Thread> people = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        people.add(Thread.ofVirtual().start(() -> askUntil(ended)));
      }
      for (int i = 0; i < RESTARTS; i++) {
        limens.removeFirst().close();
        limens.add(second(stage.folder()));
        awaitBoth(envoy, mode);
        limens.removeFirst().close();
        limens.add(first(stage.folder()));
        awaitBoth(envoy, mode);
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

  /** Ready, as Envoy sees it. */
  private static void awaitBoth(Envoy envoy, Mode mode) {
    String healthy = "cluster." + cluster(mode) + ".membership_healthy";
    assertThat(Await.until(Duration.ofMinutes(2), () -> envoy.counter(healthy) == 2)).isTrue();
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
    } catch (IOException _) {
      return 0;
    }
  }
}
