package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the command line says, and how it exits. */
class MainTest {
  private static final Path EXAMPLE =
      Path.of(System.getProperty("limen.root"), "deploy", "limen", "limen.yaml");

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return commandLine.execute(arguments);
  }

  @Test
  void theShippedExampleIsGood() {
    assertThat(run("check-config", "--config", EXAMPLE.toString())).isZero();
    assertThat(out.toString()).contains("is good: 1 provider(s), 1 route(s), sessions in memory");
  }

  @Test
  void theExampleInTheReadmeIsGood() throws IOException {
    String readme = Files.readString(Path.of(System.getProperty("limen.root"), "README.md"));
    String yaml = readme.split("```yaml\n", 2)[1].split("```", 2)[0];
    String key = Base64.getEncoder().encodeToString(new byte[32]);
    Path file =
        Files.writeString(
            folder.resolve("readme.yaml"),
            yaml.replaceAll("fromFile: [a-z0-9/-]+", "value: \"" + key + "\""));
    assertThat(run("check-config", "--config", file.toString())).as(err.toString()).isZero();
    assertThat(out.toString()).contains("1 provider(s), 4 route(s), sessions in redis");
  }

  @Test
  void everyFigureThatTheReadmeNamesIsCountedSomewhere() throws IOException {
    Path root = Path.of(System.getProperty("limen.root"));
    Set<String> named = figures("\\b(limen_[a-z_]+)", Files.readString(root.resolve("README.md")));
    StringBuilder code = new StringBuilder();
    try (Stream<Path> files = Files.walk(root.resolve("dataplane/src/main/java"))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        code.append(Files.readString(file));
      }
    }
    assertThat(named).hasSizeGreaterThan(15);
    assertThat(figures("\"(limen_[a-z_]+)\"", code.toString())).containsAll(named);
  }

  private static Set<String> figures(String pattern, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toSet());
  }

  @Test
  void aWrongConfigurationIsOneLineAndExitCodeTwo() throws IOException {
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(
        wrong, Files.readString(EXAMPLE).replace("idleTimeout: 1h", "idleTimeuot: 1h"));
    assertThat(run("check-config", "--config", wrong.toString())).isEqualTo(2);
    String place = wrong + ":53:3: error: session.idleTimeuot: ";
    assertThat(err.toString().lines())
        .hasSize(4)
        .contains(place + "found an unknown key, expected idleTimeout?")
        .last()
        .isEqualTo("1 error, 2 warnings");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aStartSaysTheFirstProblemInOneLine() throws IOException {
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(
        wrong, Files.readString(EXAMPLE).replace("idleTimeout: 1h", "idleTimeuot: 1h"));
    assertThat(run("serve", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString())
        .startsWith("limen: session.idleTimeuot (line 53)")
        .contains("expected idleTimeout?");
  }

  @Test
  void everyProblemHasItsLineAndTheLastLineCountsThem() throws IOException {
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(
        wrong,
        Files.readString(EXAMPLE)
            .replace("maxFlows: 8", "maxFlows: 33")
            .replace("provider: main }", "provider: other }"));
    assertThat(run("check-config", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(3).last().isEqualTo("2 errors, 0 warnings");
    assertThat(err.toString())
        .contains(": error: cookie.flow.maxFlows: found 33, expected 1 to 32")
        .contains(": error: defaults.provider: found other, expected the id of one of providers");
  }

  @Test
  void whatOnlyAStartWouldRefuseHasItsLineToo() throws IOException {
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(
        wrong,
        Files.readString(EXAMPLE)
            .replace(
                "secrets: []", "secrets: [{id: k1, value: c2hvcnQ=}, {id: k2, value: \"?\"}]"));
    assertThat(run("check-config", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString())
        .contains(": error: cookie.secrets[id=k1]: found a secret of 5 bytes")
        .contains(": error: cookie.secrets[id=k2]: found a secret that is not base64")
        .endsWith("2 errors, 2 warnings" + System.lineSeparator());
    Files.writeString(
        wrong,
        Files.readString(EXAMPLE).replace("    scope:", "    caFiles: [/no/such.pem]\n    scope:"));
    assertThat(run("check-config", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("error: providers[].caFiles: found /no/such.pem");
  }

  @Test
  void onlineSaysWhatEachProviderSaysOfItself() throws IOException {
    try (DevIdp provider = DevIdp.start(DevIdpConfig.demo())) {
      Path good = at(provider.issuer());
      assertThat(run("check-config", "--online", "--config", good.toString())).isZero();
      assertThat(out.toString())
          .contains("provider main: issuer " + provider.issuer() + ", 5 endpoints, ");
    }
  }

  @Test
  void onlineAsksIssuersOfAccessTokensToo() throws IOException {
    try (DevIdp provider = DevIdp.start(DevIdpConfig.demo());
        DevIdp issuer = DevIdp.start(DevIdpConfig.demo())) {
      String base = Files.readString(at(provider.issuer())) + "bearer: {issuers: [%s]}\n";
      String good = "{issuer: \"" + issuer.issuer() + "\", audiences: [a]}";
      String same = "{issuer: \"" + provider.issuer() + "\", audiences: [a]}";
      Path file = Files.writeString(folder.resolve("b.yaml"), base.formatted(good + ", " + same));
      assertThat(run("check-config", "--online", "--config", file.toString())).isZero();
      assertThat(out.toString().lines().filter(line -> line.contains("issuer ")).toList())
          .hasSize(2)
          .last()
          .asString()
          .startsWith("bearer issuer " + issuer.issuer() + ": issuer ")
          .endsWith(" key(s)");
      String away = "{issuer: \"http://127.0.0.1:1/a\", audiences: [a]}";
      Files.writeString(file, base.formatted(away));
      assertThat(run("check-config", "--online", "--config", file.toString())).isEqualTo(1);
      assertThat(err.toString()).contains("bearer issuer http://127.0.0.1:1/a: error: issuer ");
    }
  }

  @Test
  void withoutOnlineNobodyIsAsked() throws IOException {
    try (DevIdp issuer = DevIdp.start(DevIdpConfig.demo())) {
      Path file = at(issuer.issuer() + "/other");
      Files.writeString(
          file,
          Files.readString(file)
              + "bearer: {issuers: [{issuer: \"%s\", audiences: [a]}]}\n"
                  .formatted(issuer.issuer()));
      assertThat(run("check-config", "--config", file.toString())).isZero();
      assertThat(issuer.log().all()).isEmpty();
    }
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "routes: [{match: {path: /a}, mode: deny}, {match: {path: /a}, mode: deny}] | a name",
      "routes: [{match: {path: '/a/../b'}, mode: public}] | match.path",
      "routes: [{match: {path: '/oauth2/x'}, mode: public}] | match.path",
      "routes: [{match: {path: /a, methods: [CONNECT]}, mode: public}] | match.methods",
      "routes: [{match: {path: /a}, mode: login, headers: nobody}] | headers",
      "cookie: {secrets: [{id: k1, value: c2hvcnQ=}]} | cookie.secrets",
      "bearer: {issuers: [{issuer: 'https://b.org', audiences: [a], caFiles: [/no]}]} | caFiles",
      "session: {store: {redis: {connectionURL: 'redis://h/zero'}}} | connectionURL",
      "session: {store: {redis: {connectionURL: 'redis://h:99999'}}} | connectionURL",
      "server: {extAuthz: {grpc: {bindAddress: '127.0.0.1:99999'}}} | bindAddress",
      "server: {extAuthz: {http: {pathPrefix: /oauth2}}} | pathPrefix",
  })
  // spotless:on
  void whatAStartRefusesTheCheckRefusesToo(String line, String what) throws IOException {
    Path wrong =
        Files.writeString(
            folder.resolve("wrong.yaml"),
            """
            version: 1
            providers:
              - id: main
                clientID: limen
                clientSecret: {value: a}
                oidcConfig: {issuerURL: "http://127.0.0.1:1/a"}
            redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
            management: {bindAddress: "127.0.0.1:0"}
            """
                + line
                + "\n");
    assertThat(run("check-config", "--config", wrong.toString())).isEqualTo(2);
    assertThat(run("serve", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString().lines().toList().getLast()).startsWith("limen: ").contains(what);
  }

  @Test
  void onlineTellsAProviderThatIsAwayFromOneThatIsAnother() throws IOException {
    DevIdp provider = DevIdp.start(DevIdpConfig.demo().withIssuer("http://127.0.0.1:1/realms/x"));
    try (provider) {
      String origin = "http://127.0.0.1:" + provider.port();
      Path mismatch = at(origin + "/realms/x");
      assertThat(run("check-config", "--online", "--config", mismatch.toString())).isEqualTo(1);
      assertThat(err.toString()).contains("provider main: error: issuer ").contains("exactly");
    }
    assertThat(run("check-config", "--online", "--config", at("http://127.0.0.1:1/a").toString()))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("provider main: error: issuer http://127.0.0.1:1/a: discovery unreachable");
  }

  private Path at(String issuer) throws IOException {
    return Files.writeString(
        folder.resolve("online.yaml"),
        Files.readString(EXAMPLE)
            .replace("http://127.0.0.1:8080/realms/limen", issuer)
            .replaceAll(" *backchannelBaseURL:.*\n", ""));
  }

  @Test
  void theReferenceIsThePageInTheTree() throws IOException {
    assertThat(run("config-reference")).isZero();
    assertThat(out.toString())
        .isEqualTo(Files.readString(EXAMPLE.resolveSibling("configuration.md")));
  }

  @Test
  void helpSaysWhatTheExitCodesMean() {
    assertThat(run("check-config", "--help")).isZero();
    assertThat(out.toString()).contains("Exit codes:").contains("--online");
  }

  @Test
  void redisWithoutAKeyRingDoesNotStart() throws IOException {
    Path redis = folder.resolve("redis.yaml");
    Files.writeString(redis, Files.readString(EXAMPLE).replace("type: memory", "type: redis"));
    assertThat(run("serve", "--config", redis.toString())).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("limen: cookie.secrets (line 48): found none, expected a key ring");
  }

  @Test
  void aKeyThatIsTooShortIsNamedAndNotShown() throws IOException {
    Path shortKey = folder.resolve("short.yaml");
    Files.writeString(
        shortKey,
        Files.readString(EXAMPLE).replace("secrets: []", "secrets: [{id: k1, value: c2hvcnQ=}]"));
    assertThat(run("check-config", "--config", shortKey.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("cookie.secrets[id=k1]").doesNotContain("c2hvcnQ");
  }

  @Test
  void aFileThatIsNotThereAndAnUnknownOptionAreExitCodeTwo() {
    assertThat(run("check-config", "--config", "/no/such/file")).isEqualTo(2);
    assertThat(err.toString()).contains("--config: found /no/such/file");
    assertThat(run("serve", "--colour")).isEqualTo(2);
    assertThat(run()).isEqualTo(2);
  }

  @Test
  void helpNamesTheCommands() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("serve").contains("check-config");
  }
}
