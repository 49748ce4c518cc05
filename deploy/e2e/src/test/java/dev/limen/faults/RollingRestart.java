package dev.limen.faults;

import dev.limen.demo.echo.EchoService;
import dev.limen.demo.http.HttpWire;
import dev.limen.demo.http.Reply;
import dev.limen.demo.http.Request;
import dev.limen.demo.run.Await;
import dev.limen.demo.run.ChildProcess;
import dev.limen.demo.run.EnvoyBinary;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Loopback;
import dev.limen.demo.run.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A real Envoy with the shipped gRPC file and three Limens behind it, which are restarted one after
 * the other while people go on working.
 *
 * <p>Invariant: to the shipped file two endpoints are added, and that Envoy asks all three whether
 * they are ready; addresses are others, and what is waited for is longer. Envoy finds each replica
 * at the same gates for life, and the next one goes only when it has seen that all are there.
 */
final class RollingRestart implements AutoCloseable {
  /** A busy machine is no failed check: what is waited for is long. */
  static final Map<String, String> PATIENT =
      Map.of(
          "LIMEN_SERVER_SHUTDOWN_LAME_DUCK", "2s",
          "LIMEN_SERVER_EXT_AUTHZ_DEADLINE", "19s",
          "LIMEN_SESSION_STORE_REDIS_TIMEOUTS_CONNECT", "10s",
          "LIMEN_SESSION_STORE_REDIS_TIMEOUTS_COMMAND", "10s");

  /** So long that no check has to wait for a renewal, which may wait a second and no longer. */
  static final Duration TOKENS = Duration.ofMinutes(5);

  private static final String CHECKED =
      """
          health_checks:
          - timeout: 5s
            interval: 0.1s
            no_traffic_interval: 0.1s
            unhealthy_threshold: 1
            healthy_threshold: 1
            http_health_check: {path: /ready}
      """;

  private static final String ALLOWED = "allowed";
  private static final String CLUSTER = "  - name: limen-grpc\n";
  private static final String ENDPOINT =
      "        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9191}}}\n";

  private static final Pattern LISTENER = Pattern.compile("ingress::127\\.0\\.0\\.1:(\\d+)");
  private static final Pattern ERRORS = Pattern.compile("ext_authz\\.limen\\.error: (\\d+)");
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final int ANSWERS_BETWEEN = 20;
  private static final Duration BETWEEN = Duration.ofMillis(25);

  private final Fleet fleet;
  private final EchoService orders = EchoService.start("orders", 0);
  private final Path adminAddress;
  private final ChildProcess envoy;

  /**
   * What the people got.
   *
   * @param allowed answers that came from the service and name whoever asked
   * @param others all other answers, each sort with how often
   * @param unanswered checks to which Envoy got no answer from any replica
   */
  record Seen(int allowed, Map<String, Integer> others, long unanswered) {
    /** Some Limen itself said 503, and nothing else was wrong: it had no time. */
    boolean isOfABusyMachine() {
      return unanswered == 0 && others.keySet().equals(Set.of("status=503"));
    }
  }

  RollingRestart(Fleet fleet) throws IOException {
    this.fleet = fleet;
    Layout layout = Layout.find();
    Path config = fleet.folder.resolve("envoy.yaml");
    adminAddress = fleet.folder.resolve("envoy.admin");
    Files.writeString(config, derived(Files.readString(layout.envoyConfig(Mode.GRPC))));
    List<String> command =
        List.of(
            EnvoyBinary.find(layout, _ -> {}).toString(),
            "-c",
            config.toString(),
            "--admin-address-path",
            adminAddress.toString(),
            "--concurrency",
            "2",
            "--disable-hot-restart",
            "--log-level",
            "error");
    envoy =
        ChildProcess.start(
            new ChildProcess.Spec("envoy", command, Map.of(), fleet.folder), _ -> {});
  }

  private String derived(String shipped) {
    StringBuilder three = new StringBuilder();
    for (Replica replica : fleet.replicas) {
      String one = replaced(ENDPOINT, "9191", Integer.toString(replica.grpcGate.port()));
      int watched = replica.managementGate.port();
      three.append(replaced(one, "}}}", "}}, health_check_config: {port_value: " + watched + "}}"));
    }
    String text = replaced(shipped, ENDPOINT, three.toString());
    text = replaced(text, CLUSTER, CLUSTER + CHECKED);
    text = replaced(text, "127.0.0.1, port_value: 9901", "127.0.0.1, port_value: 0");
    text = replaced(text, "127.0.0.1, port_value: 8080", "127.0.0.1, port_value: 0");
    text = replaced(text, ":8180/", ":" + fleet.provider.port() + "/");
    text = replaced(text, "port_value: 8180", "port_value: " + fleet.provider.port());
    text = replaced(text, "port_value: 8281", "port_value: " + orders.port());
    text = replaced(text, " timeout: 2s", " timeout: 20s");
    return replaced(text, "max_interval: 2s", "max_interval: 20s");
  }

  private static String replaced(String text, String from, String to) {
    if (!text.contains(from)) {
      throw new IllegalStateException("the shipped file holds no such text: " + from);
    }
    return text.replace(from, to);
  }

  private Loopback admin() throws IOException {
    String address = Files.readString(adminAddress).strip();
    return new Loopback(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
  }

  private int listenerPort() throws IOException {
    Matcher listener = LISTENER.matcher(admin().get("/listeners").text());
    if (!listener.find()) {
      throw new IOException("Envoy does not listen yet");
    }
    return Integer.parseInt(listener.group(1));
  }

  /** Ready, as Envoy sees it. */
  private void awaitAllHealthy() throws IOException {
    String healthy = "cluster.limen-grpc.membership_healthy";
    String wanted = healthy + ": " + fleet.replicas.size();
    boolean seen =
        Await.until(
            SOON,
            () -> admin().get("/stats?filter=" + healthy).text().lines().anyMatch(wanted::equals));
    if (!seen) {
      throw new IOException("Envoy does not see all replicas ready:\n" + envoy.tail());
    }
  }

  /** Restarts all, one after the other, while these people, by name, go on. */
  Seen restartAll(Map<String, String> cookies) throws IOException {
    Map.Entry<String, String> first = cookies.entrySet().iterator().next();
    envoy.awaitReady(
        SOON, () -> ask(listenerPort(), first.getKey(), first.getValue()).equals(ALLOWED));
    awaitAllHealthy();
    long unansweredBefore = unanswered();
    People people = new People(listenerPort());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      cookies.forEach((user, cookie) -> threads.execute(() -> people.work(user, cookie)));
      try {
        for (Replica replica : fleet.replicas) {
          replica.terminate();
          replica.startAgain();
          awaitAllHealthy();
          people.awaitMore();
        }
      } finally {
        people.isOver.set(true);
      }
    }
    return new Seen(
        people.allowed.get(), Map.copyOf(people.others), unanswered() - unansweredBefore);
  }

  private long unanswered() throws IOException {
    Matcher errors = ERRORS.matcher(admin().get("/stats?filter=ext_authz").text());
    if (!errors.find()) {
      throw new IOException("Envoy does not count the checks that were not answered");
    }
    return Long.parseLong(errors.group(1));
  }

  /** {@link #ALLOWED}, or what else came. */
  private static String ask(int port, String user, String cookie) {
    Request request =
        Request.get(Fleet.SERVICES, "/orders")
            .with("accept", "application/json")
            .with("cookie", "__Host-limen=" + cookie);
    try {
      Reply reply = new HttpWire(port, null).send(request);
      if (reply.status() != 200) {
        return "status=" + reply.status();
      }
      String name = "[\"x-auth-request-preferred-username\",\"" + user + "\"]";
      return reply.text().contains(name) ? ALLOWED : "200 without the name of whoever asked";
    } catch (IOException failed) {
      return failed.getClass().getSimpleName();
    }
  }

  /** Those who ask, each again and again with a session of their own. */
  private static final class People {
    private final int port;
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicInteger allowed = new AtomicInteger();
    private final Map<String, Integer> others = new ConcurrentHashMap<>();

    People(int port) {
      this.port = port;
    }

    void work(String user, String cookie) {
      while (!isOver.get()) {
        String answer = ask(port, user, cookie);
        if (answer.equals(ALLOWED)) {
          allowed.incrementAndGet();
        } else {
          others.merge(answer, 1, Integer::sum);
        }
        FaultKind.pause(BETWEEN);
      }
    }

    /** So that whoever has come back is asked before the next one goes. */
    void awaitMore() {
      int enough = allowed.get() + ANSWERS_BETWEEN;
      Await.until(SOON, () -> allowed.get() >= enough);
    }
  }

  @Override
  public void close() {
    envoy.close();
    orders.close();
  }
}
