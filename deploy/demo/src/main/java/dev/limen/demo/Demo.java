package dev.limen.demo;

import dev.limen.demo.judge.Judge;
import dev.limen.demo.judge.Sabotage;
import dev.limen.demo.run.AccessLog;
import dev.limen.demo.run.CannotRun;
import dev.limen.demo.run.Envoy;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Stage;
import dev.limen.demo.run.Started;
import dev.limen.demo.run.Variation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command {@code ./limen demo}: starts a real Envoy with the shipped files, Limen, a provider
 * and two services; prints one address, and a line for each request as it happens.
 *
 * <p>Exit codes: 0 it went well (for {@code --check}: every step held), 1 a step did not hold, 2
 * something that must be there is not there.
 */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Shows Limen behind a real Envoy, or with --check proves the 21 steps.")
public final class Demo implements Callable<Integer> {
  private static final int HOLDS = 0;
  private static final int DOES_NOT_HOLD = 1;
  private static final int CANNOT_RUN = 2;

  private static final Duration LAST_WORK = Duration.ofSeconds(10);

  @Option(
      names = "--mode",
      description = "how Envoy asks: grpc (as if not said) or http; --check does both unless told")
  private @Nullable String mode;

  @Option(names = "--keycloak", description = "with a real Keycloak instead of the dev provider")
  private boolean keycloak;

  @Option(names = "--redis", description = "with a real Redis instead of the memory store")
  private boolean redis;

  @Option(names = "--tls", description = "over https, with a certificate made on the spot")
  private boolean tls;

  @Option(names = "--check", description = "walk the 21 steps, over gRPC and over HTTP")
  private boolean check;

  @Option(
      names = "--fault",
      paramLabel = "NAME",
      description = "a fault of the dev provider, e.g. wrong-nonce")
  private @Nullable String fault;

  /** For those who want to see the judge stop: breaks one step. */
  @Option(names = "--break", paramLabel = "NAME", hidden = true)
  private @Nullable String sabotage;

  /** Stopped at the end, or by the shutdown hook when the process is asked to end. */
  private final Started started = new Started();

  /** Asked to end. */
  private final CountDownLatch over = new CountDownLatch(1);

  /** The thread that does the work has let go of everything. */
  private final CountDownLatch idle = new CountDownLatch(1);

  public static void main(String[] arguments) {
    int exitCode =
        new CommandLine(new Demo()).setCaseInsensitiveEnumValuesAllowed(true).execute(arguments);
    // Nothing is left to run: exit hooks have no stage to close any more.
    Runtime.getRuntime().halt(exitCode);
  }

  @Override
  public Integer call() {
    int exitCode = run();
    idle.countDown();
    if (over.getCount() == 0) {
      // The hook stops everything and ends the process; this thread has nothing more to do.
      awaitTheEnd();
    }
    return exitCode;
  }

  private int run() {
    List<Mode> modes;
    Stage.Options options;
    try {
      modes = modes();
      options = options();
    } catch (IllegalArgumentException wrong) {
      return cannotRun(wrong.getMessage());
    }
    endOnSignal();
    try {
      return check ? judge(modes, options) : show(modes.getFirst(), options);
    } catch (CannotRun missing) {
      return cannotRun(missing.getMessage());
    }
  }

  private int cannotRun(@Nullable String why) {
    if (over.getCount() > 0) {
      System.err.println("limen demo: " + why);
    }
    return CANNOT_RUN;
  }

  private Stage.Options options() {
    if (fault != null && keycloak) {
      throw new IllegalArgumentException("--fault is for the dev provider: leave --keycloak out");
    }
    Variation variation =
        sabotage != null
            ? Sabotage.named(sabotage).variation()
            : fault != null ? Variation.ofProviderFault(fault) : Variation.NONE;
    return new Stage.Options(keycloak, redis, tls, check, variation);
  }

  private int show(Mode asked, Stage.Options options) {
    try (Stage stage = Stage.open(Layout.find(), options, this::say, started)) {
      stage.openGateway(asked, this::show);
      say("");
      say("  open   " + stage.edge().services() + "/orders");
      say("  as     alice / alice   (has the role app-user; bob / bob has not)");
      say("");
      say("  Envoy asks Limen over " + asked + "; logs are in " + stage.folder());
      if (stage.tls() != null) {
        say("  The certificate was made for this run: the browser will ask, once for each host.");
      }
      say("  Ctrl-C stops everything.");
      say("");
      awaitSignal();
    }
    return HOLDS;
  }

  private int judge(List<Mode> modes, Stage.Options options) {
    try (Stage stage = Stage.open(Layout.find(), options, this::say, started)) {
      for (Mode each : modes) {
        Envoy envoy = stage.openGateway(each, _ -> {});
        say("");
        say("Envoy asks Limen over " + each + ":");
        if (!new Judge(stage, envoy, each, this::say).judge().allHeld()) {
          say("logs are in " + stage.folder());
          return DOES_NOT_HOLD;
        }
      }
      stage.forgetLogs();
      return HOLDS;
    }
  }

  private List<Mode> modes() {
    List<Mode> all = List.of(Mode.GRPC, Mode.HTTP);
    List<Mode> asked =
        all.stream().filter(each -> mode == null || each.toString().equals(mode)).toList();
    if (asked.isEmpty()) {
      throw new IllegalArgumentException("--mode=" + mode + ", expected grpc or http");
    }
    return asked;
  }

  /** SIGINT and SIGTERM are how the demo ends: cleanly, and with 0. */
  private void endOnSignal() {
    Thread worker = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("end").unstarted(() -> end(worker)));
  }

  /** Lets the worker take back what it had begun (a fetch, a certificate), but not for ever. */
  private void end(Thread worker) {
    over.countDown();
    say("stopping ...");
    worker.interrupt();
    started.close();
    try {
      if (!idle.await(LAST_WORK.toSeconds(), TimeUnit.SECONDS)) {
        System.err.println("limen demo: not everything could be tidied up");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    started.forget();
    Runtime.getRuntime().halt(check ? DOES_NOT_HOLD : HOLDS);
  }

  private void awaitSignal() {
    while (over.getCount() > 0) {
      try {
        over.await();
      } catch (InterruptedException _) {
        // By the hook, which has counted down before.
      }
    }
  }

  private static void awaitTheEnd() {
    while (true) {
      LockSupport.park();
      Thread.interrupted();
    }
  }

  private void show(AccessLog.Line line) {
    String text = RequestLine.of(line);
    if (text != null) {
      say(text);
    }
  }

  private synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
