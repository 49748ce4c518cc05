package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import dev.limen.session.ConfiguredKeyRing;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionLogId;
import dev.limen.session.SessionLookup;
import dev.limen.session.Sessions;
import dev.limen.session.Tokens;
import dev.limen.session.redis.RealRedis;
import dev.limen.session.redis.RedisStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code limen revoke}, against a real Redis and beside a replica that reads it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RevokeCommandTest {
  private static final String MAIN = "https://idp.example.com/realms/main";
  private static final String OTHER = "https://idp.example.com/realms/other";
  private static final long DAY = TimeUnit.DAYS.toMillis(1);

  private final long now = System.currentTimeMillis();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private @Nullable String levelBefore;
  private RealRedis redis;
  private RedisStore store;
  private Sessions replica;
  private SessionLogId logIds;
  private Path folder;
  private Path file;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    this.folder = folder;
    levelBefore = System.getProperty("limen.log.level");
    redis = RealRedis.start(Files.createDirectory(folder.resolve("redis")));
    file = configured("limen.yaml", redis.port(), provider("main", MAIN), provider("two", OTHER));
    LimenConfig config = new ConfigLoader(Map.of()).check(file).configOrThrow();
    KeyRing ring = ConfiguredKeyRing.of(config.cookie().secrets());
    store = RedisStore.connect(redis.config(), new Metrics());
    replica = new Sessions(store, ring, config.session(), new Metrics());
    logIds = new SessionLogId(ring);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (store.ping().handle((_, trouble) -> trouble != null).toCompletableFuture().join()) {
      assertThat(System.nanoTime()).as("waited for Redis").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @AfterAll
  void stop() {
    store.close();
    redis.close();
    if (levelBefore == null) {
      System.clearProperty("limen.log.level");
    } else {
      System.setProperty("limen.log.level", levelBefore);
    }
  }

  private static String provider(String id, String issuer) {
    return """
      - id: %s
        provider: oidc
        clientID: limen
        clientSecret: {value: s}
        oidcConfig: {issuerURL: "%s"}
    """
        .formatted(id, issuer);
  }

  private Path configured(String name, int port, String... providers) throws IOException {
    String yaml =
        """
        version: 1
        providers:
        %scookie: {secrets: [{id: k1, value: "%s"}]}
        redirects: {redirectURL: "https://desk.example.com/oauth2/callback"}
        session:
          store:
            type: redis
            redis:
              connectionURL: "redis://127.0.0.1:%d/0"
              timeouts: {connect: 5s, command: 5s}
        """
            .formatted(
                String.join("", providers), Base64.getEncoder().encodeToString(new byte[32]), port);
    return Files.writeString(folder.resolve(name), yaml);
  }

  private int run(String... arguments) {
    return typing("", arguments);
  }

  private int typing(String typed, String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    RevokeCommand command =
        new RevokeCommand(new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)));
    CommandLine line = new CommandLine(command);
    line.setExecutionExceptionHandler(Main.commandLine().getExecutionExceptionHandler());
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] all = new String[arguments.length + 2];
    all[0] = "--config";
    all[1] = file.toString();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return line.execute(all);
  }

  private static <T> T answer(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  private Session login(String provider, String issuer, String subject, @Nullable String sid) {
    Identity who =
        new Identity(
            provider, issuer, subject, subject, null, null, null, List.of(), List.of(), Map.of(),
            sid, null, List.of(), 0);
    Tokens tokens = new Tokens("id", "access", null, now + 300_000, 0);
    return answer(replica.create(who, tokens, SessionContext.UNKNOWN, now));
  }

  private boolean isLive(Session session) {
    return answer(replica.find(session.secret(), now)) instanceof SessionLookup.Found;
  }

  @Test
  void aUsersSessionsEndAndNobodyElses() {
    Session one = login("main", MAIN, "u1", null);
    Session two = login("main", MAIN, "u1", null);
    Session namesake = login("two", OTHER, "u1", null);

    assertThat(run("--user", "u1", "--issuer", MAIN)).as(err.toString()).isZero();

    assertThat(out.toString())
        .isEqualTo(
            "done: all sessions of this user (2 deleted at once, any other at its next check)\n");
    assertThat(err.toString()).isEmpty();
    assertThat(isLive(one) || isLive(two)).isFalse();
    assertThat(isLive(namesake)).isTrue();
  }

  @Test
  void aSessionAtTheProviderEndsWhatCameOutOfIt() {
    Session out = login("main", MAIN, "u2", "sid-2");
    Session other = login("main", MAIN, "u2", "sid-3");

    assertThat(run("--sid", "sid-2", "--issuer", MAIN)).isZero();

    assertThat(isLive(out)).isFalse();
    assertThat(isLive(other)).isTrue();
  }

  @Test
  void aSessionIsNamedAsTheLogCallsItOnAnyDayThatItMayHaveLived() {
    Session today = login("main", MAIN, "u3", null);
    Session earlier = login("main", MAIN, "u3", null);
    Session other = login("main", MAIN, "u3", null);

    assertThat(run("--session", logIds.of(today.key(), now))).as(err.toString()).isZero();
    assertThat(isLive(today)).isFalse();
    assertThat(isLive(earlier)).isTrue();
    assertThat(run("--session", logIds.of(earlier.key(), now - 11 * DAY / 24))).isZero();
    assertThat(isLive(earlier)).isFalse();

    assertThat(run("--session", logIds.of(other.key(), now - 3 * DAY))).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo("limen: not done: no session in this store has that name\n");
    assertThat(isLive(other)).isTrue();
  }

  @Test
  void aProviderOrEveryoneIsAskedAboutFirst() {
    Session main = login("main", MAIN, "u4", null);
    Session two = login("two", OTHER, "u4", null);

    for (String typed : List.of("", "y\n", "YES\n", "no\n")) {
      assertThat(typing(typed, "--provider", "main")).isEqualTo(1);
      assertThat(typing(typed, "--all")).isEqualTo(1);
      assertThat(err.toString()).endsWith("limen: not done: this was not answered with yes\n");
    }
    assertThat(isLive(main) && isLive(two)).isTrue();

    assertThat(typing("yes\n", "--provider", "main")).isZero();
    assertThat(isLive(main)).isFalse();
    assertThat(isLive(two)).isTrue();

    assertThat(run("--all", "--yes")).isZero();
    assertThat(isLive(two)).isFalse();
    assertThat(isLive(login("main", MAIN, "u4", null))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--user u --all",
        "--user u",
        "--user u --issuer https://elsewhere.example.com",
        "--sid s",
        "--provider nobody",
        "--session 0123",
        "--session 0123456789ABCDEF",
        "--all --issuer " + MAIN,
      })
  void whatCannotBeMeantIsWrongUsageAndNothingIsTried(String arguments) {
    Session session = login("main", MAIN, "u", "s");
    String[] words = arguments.isEmpty() ? new String[0] : arguments.split(" ");

    assertThat(run(words)).isEqualTo(2);

    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).isNotBlank().doesNotContain("Exception");
    assertThat(isLive(session)).isTrue();
  }

  @Test
  void whereThereIsOneIssuerItNeedsNoName() throws IOException {
    Path both = file;
    Session session = login("main", MAIN, "u5", null);
    file = configured("one.yaml", redis.port(), provider("main", MAIN));
    try {
      assertThat(run("--user", "u5")).as(err.toString()).isZero();
    } finally {
      file = both;
    }
    assertThat(isLive(session)).isFalse();
  }

  @Test
  void aStoreThatDoesNotAnswerIsNotDone() throws IOException {
    Path good = file;
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = silent.getLocalPort();
      file = configured("away.yaml", port, provider("main", MAIN));
      assertThat(run("--user", "u6")).isEqualTo(1);
      assertThat(err.toString())
          .isEqualTo("limen: not done: Redis at 127.0.0.1:" + port + " does not answer\n");
      assertThat(out.toString()).isEmpty();
    } finally {
      file = good;
    }
  }

  @Test
  void sessionsInMemoryCannotBeRevokedFromOutsideAndItSaysWhy() throws IOException {
    Path good = file;
    file =
        Files.writeString(
            folder.resolve("memory.yaml"),
            Files.readString(good).replace("type: redis", "type: memory"));
    try {
      assertThat(run("--all", "--yes")).isEqualTo(2);
      assertThat(err.toString().lines()).hasSize(1);
      assertThat(err.toString())
          .contains("session.store.type")
          .contains("belong to one limen serve");
    } finally {
      file = good;
    }
  }

  @Test
  void theHelpSaysHowToNameASessionAndWhatEachExitCodeMeans() {
    StringWriter help = new StringWriter();
    CommandLine line = Main.commandLine().setOut(new PrintWriter(help));

    assertThat(line.execute("revoke", "--help")).isZero();

    assertThat(help.toString())
        .contains("--session", "--user", "--sid", "--provider", "--all", "--issuer", "--yes")
        .contains("session= of its decision lines")
        .contains("0   done", "1   not done", "2   wrong usage", "3   done, and not yet confirmed");
  }
}
