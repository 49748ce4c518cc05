package dev.limen.demo.run;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A real Keycloak: its distribution taken through Maven by its coordinates, built once, kept in the
 * cache, and started with the realm that is shipped.
 *
 * <p>Its public name is the gateway's, while what Limen asks it directly is answered with the
 * address that Limen used ({@code hostname-backchannel-dynamic}). The database is in memory: each
 * start is the file's own state.
 */
public final class Keycloak implements Provider {
  /** The version of dependencies.md. */
  static final String VERSION = "26.7.3";

  private static final String ARTIFACT = "org.keycloak:keycloak-quarkus-dist:" + VERSION + ":zip";
  private static final String ADMIN = "admin";
  private static final Duration START = Duration.ofMinutes(4);
  private static final Duration FETCH = Duration.ofMinutes(10);

  /** Path without query, and of the headers only what the judge asks for. */
  private static final String ACCESS_PATTERN =
      "ACCESS %m %R %s host=%{i,Host} forwarded=%{i,X-Forwarded-For}"
          + " planted=%{i,X-Auth-Request-User},%{i,X-Auth-Request-Access-Token}";

  private final ChildProcess process;
  private final KeycloakLog log;
  private final Loopback own = new Loopback(Ports.PROVIDER);

  private Keycloak(ChildProcess process, KeycloakLog log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts it.
   *
   * @param origin how browsers reach it, e.g. {@code http://127.0.0.1:8080}
   */
  public static Keycloak start(Layout layout, String origin, Path folder, Progress progress) {
    Path home = home(layout, progress);
    KeycloakLog log = new KeycloakLog();
    try {
      Path imports = Files.createDirectories(home.resolve("data/import"));
      Files.copy(
          layout.realm(), imports.resolve("limen-realm.json"), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failed) {
      throw new CannotRun(
          "the realm could not be laid out for Keycloak: " + layout.realm(), failed);
    }
    progress.say("starting Keycloak " + VERSION + " (about 20 s) ...");
    List<String> command =
        List.of(
            home.resolve("bin/kc.sh").toString(),
            "start",
            "--optimized",
            "--import-realm",
            "--http-enabled=true",
            "--http-host=127.0.0.1",
            "--http-port=" + Ports.PROVIDER,
            "--http-management-port=" + Ports.KEYCLOAK_MANAGEMENT,
            "--hostname=" + origin,
            "--hostname-backchannel-dynamic=true",
            "--http-access-log-enabled=true",
            "--http-access-log-pattern=" + ACCESS_PATTERN,
            "--spi-events-listener--jboss-logging--success-level=info");
    Map<String, String> environment =
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            "JAVA_OPTS_APPEND",
            "-XX:TieredStopAtLevel=1",
            "KC_BOOTSTRAP_ADMIN_USERNAME",
            ADMIN,
            "KC_BOOTSTRAP_ADMIN_PASSWORD",
            ADMIN);
    ChildProcess process =
        ChildProcess.start(
            new ChildProcess.Spec("keycloak", command, environment, folder), log::accept);
    return new Keycloak(process, log);
  }

  @Override
  public void awaitReady() {
    process.awaitReady(
        START, () -> own.get("/realms/limen/.well-known/openid-configuration").status() == 200);
  }

  @Override
  public KeycloakLog log() {
    return log;
  }

  /** Lets access tokens of the realm live that long from now on, by its administration API. */
  @Override
  public void accessTokensLive(Duration lifetime) throws IOException {
    String answer =
        expect(
            200,
            own.send(
                "POST",
                "/realms/master/protocol/openid-connect/token",
                new Loopback.Payload(
                    "application/x-www-form-urlencoded",
                    "grant_type=password&client_id=admin-cli&username="
                        + ADMIN
                        + "&password="
                        + ADMIN,
                    "")));
    String token;
    try {
      token = JSONObjectUtils.getString(JSONObjectUtils.parse(answer), "access_token");
    } catch (ParseException notJson) {
      throw new IOException("Keycloak's token answer is not JSON");
    }
    expect(
        204,
        own.send(
            "PUT",
            "/admin/realms/limen",
            new Loopback.Payload(
                "application/json",
                "{\"accessTokenLifespan\":" + lifetime.toSeconds() + "}",
                "Bearer " + token)));
  }

  private static String expect(int status, Loopback.Answer answer) throws IOException {
    if (answer.status() != status) {
      throw new IOException("Keycloak's administration answered " + answer.status());
    }
    return answer.text();
  }

  @Override
  public void close() {
    process.close();
  }

  private static Path home(Layout layout, Progress progress) {
    Path home = layout.cache().resolve("keycloak-" + VERSION);
    if (!Files.exists(home.resolve("limen-built"))) {
      try {
        prepare(layout, home, progress);
      } catch (IOException failed) {
        throw new CannotRun(
            "Keycloak could not be had ("
                + failed.getMessage()
                + "). Fetch it with"
                + "\n    mvn dependency:get -Dtransitive=false -Dartifact="
                + ARTIFACT,
            failed);
      }
    }
    return home;
  }

  private static void prepare(Layout layout, Path home, Progress progress) throws IOException {
    try (FetchFolder folder = FetchFolder.in(layout.cache())) {
      Path work = folder.path();
      progress.say("fetching Keycloak " + VERSION + " through Maven (190 MB), once ...");
      runMaven(layout, work);
      progress.say("unpacking and building Keycloak, once (about 40 s) ...");
      unzip(work.resolve("keycloak-quarkus-dist-" + VERSION + ".zip"), work);
      Path unpacked = work.resolve("keycloak-" + VERSION);
      Programs.run(
          List.of(
              unpacked.resolve("bin/kc.sh").toString(), "build", "--db=dev-mem", "--cache=local"),
          work,
          FETCH);
      Files.createFile(unpacked.resolve("limen-built"));
      if (Files.exists(home)) {
        Programs.deleteRecursively(home);
      }
      Files.move(unpacked, home);
    }
  }

  private static void runMaven(Layout layout, Path into) throws IOException {
    String named = System.getenv("LIMEN_MAVEN");
    Path maven = named == null ? Programs.onPath("mvn") : Path.of(named);
    if (maven == null) {
      throw new IOException("no mvn on the PATH");
    }
    // Run beside the tree's pom, so that the version of the plugin is the tree's own.
    Programs.run(
        List.of(
            maven.toString(),
            "-B",
            "-q",
            "-f",
            layout.root().resolve("pom.xml").toString(),
            "-N",
            "dependency:copy",
            "-Dartifact=" + ARTIFACT,
            "-DoutputDirectory=" + into),
        into,
        FETCH);
  }

  static void unzip(Path zipFile, Path into) throws IOException {
    try (ZipFile zip = new ZipFile(zipFile.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        Path target = into.resolve(entry.getName()).normalize();
        if (!target.startsWith(into)) {
          throw new IOException("an entry that leaves the folder: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(target);
          continue;
        }
        Files.createDirectories(target.getParent());
        try (InputStream bytes = zip.getInputStream(entry)) {
          Files.copy(bytes, target);
        }
        if (entry.getName().endsWith(".sh") && !target.toFile().setExecutable(true)) {
          throw new IOException("cannot make it executable: " + entry.getName());
        }
      }
    }
  }
}
