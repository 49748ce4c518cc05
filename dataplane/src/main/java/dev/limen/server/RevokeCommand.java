package dev.limen.server;

import dev.limen.config.ConfigException;
import dev.limen.config.LimenConfig;
import dev.limen.config.StoreConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import dev.limen.session.ConfiguredKeyRing;
import dev.limen.session.RevocationScope;
import dev.limen.session.Revocations.Revoked;
import dev.limen.session.Sessions;
import dev.limen.session.redis.RedisStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code limen revoke}: ends sessions on command, in the store that the configuration names.
 *
 * <p>Invariant: exits with 0 only when the store has it and, where it has a replica, that too. It
 * asks the store and nobody else, so it works while every replica of Limen and every provider is
 * down; what it wrote they see at their next check.
 */
@Command(
    name = "revoke",
    description = "Ends sessions: one, a user's, a provider's, or everyone's.",
    descriptionHeading = "%n",
    footerHeading = "%nHow to name what shall end:%n",
    footer = {
      "  A session is named by session= of its decision lines in the log (16 hexadecimal digits).",
      "  A user is named by the claim sub, which is subject= of those lines, and not by name or",
      "  e-mail; sub and sid mean something only together with their issuer, which has to be given",
      "  where the configuration has more than one.",
      "  A login that is later than this command begins a new session, unless the provider",
      "  refuses it."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done: the store has it, and no check lets such a session pass from now on",
      "1:not done: the store did not say that it has it; run it again",
      "2:wrong usage or configuration; nothing was tried",
      "3:done, and not yet confirmed by a replica of Redis; run it again to be sure"
    },
    mixinStandardHelpOptions = true)
final class RevokeCommand implements Callable<Integer> {
  static final int DONE = 0;
  static final int NOT_DONE = 1;
  static final int UNCONFIRMED = 3;

  /** How long a store may take to be reached; after that it is not done. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration PAUSE = Duration.ofMillis(50);

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration of the replicas, in YAML.")
  private Path file = Path.of("");

  @ArgGroup(exclusive = true, multiplicity = "1")
  private RevokeTarget target = new RevokeTarget();

  @Option(
      names = "--issuer",
      paramLabel = "URL",
      description = "Of --user or --sid, where there is more than one.")
  private @Nullable String issuer;

  @Option(names = "--yes", description = "Do not ask, with --provider and --all.")
  private boolean isConfirmed;

  @Spec private CommandSpec spec = CommandSpec.create();

  private final InputStream answers;

  RevokeCommand() {
    this(System.in);
  }

  /** Reads what a person answers from {@code answers}. */
  RevokeCommand(InputStream answers) {
    this.answers = answers;
  }

  @Override
  public Integer call() throws InterruptedException {
    // Before the first logger is made: what this command says is one line, and no log.
    System.setProperty("limen.log.level", "error");
    LimenConfig config = new ConfigFiles(file, System.getenv()).read().configOrThrow();
    if (config.session().store().type() != StoreConfig.Type.REDIS) {
      throw new ConfigException(
          "session.store.type",
          "memory",
          "redis: sessions in memory belong to one limen serve, and end when that is restarted");
    }
    KeyRing ring = ConfiguredKeyRing.of(config.cookie().secrets());
    String refusal = target.refusal(config, issuer);
    if (refusal != null) {
      throw new ParameterException(spec.commandLine(), refusal);
    }
    if (target.isWide() && !isConfirmed && !isAnsweredYes()) {
      return notDone("this was not answered with yes");
    }
    try (RedisStore store = RedisStore.connect(config.session().store().redis(), new Metrics())) {
      return revoke(config, ring, store);
    }
  }

  private int revoke(LimenConfig config, KeyRing ring, RedisStore store)
      throws InterruptedException {
    if (!isReached(store)) {
      return notDone("Redis at " + address(config) + " does not answer");
    }
    try {
      RevocationScope scope = scope(config, ring, store);
      if (scope == null) {
        return notDone("no session in this store has that name");
      }
      Sessions sessions = new Sessions(store, ring, config.session(), new Metrics());
      return said(answer(sessions.revocations().revoke(scope)));
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return notDone(
          cause instanceof TimeoutException
              ? "Redis did not answer within " + NamedSession.MAX_SECONDS + " s"
              : String.valueOf(cause.getMessage()));
    }
  }

  private @Nullable RevocationScope scope(LimenConfig config, KeyRing ring, RedisStore store) {
    String session = target.session();
    return session == null
        ? target.scope(config, issuer)
        : new NamedSession(session, ring, config.session().absoluteTimeout())
            .in(store, InstantSource.system().millis());
  }

  private int said(Revoked revoked) {
    String what =
        target + " (" + revoked.ended() + " deleted at once, any other at its next check)";
    if (revoked.isConfirmed()) {
      out().println("done: " + what);
      return DONE;
    }
    out().println("done here, not yet confirmed by a replica: " + what);
    return UNCONFIRMED;
  }

  private int notDone(String why) {
    spec.commandLine().getErr().println("limen: not done: " + why);
    return NOT_DONE;
  }

  private boolean isAnsweredYes() {
    PrintWriter err = spec.commandLine().getErr();
    err.print("This ends " + target + ", and they sign in again. Type yes to go on: ");
    err.flush();
    try {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(answers, StandardCharsets.UTF_8));
      return "yes".equals(lines.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A store that was just made is still connecting. */
  private static boolean isReached(RedisStore store) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      if (store.ping().handle((_, trouble) -> trouble == null).toCompletableFuture().join()) {
        return true;
      }
      Thread.sleep(PAUSE);
    }
    return false;
  }

  private static String address(LimenConfig config) {
    return config.session().store().redis().connectionURL().getAuthority();
  }

  /** Each command has its deadline; this is for what nobody expected. */
  private static <T> T answer(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(NamedSession.MAX_SECONDS, TimeUnit.SECONDS).join();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
