package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.grpc.LimenProcess;
import dev.limen.metrics.Metrics;
import dev.limen.session.redis.RealRedis;
import dev.limen.session.redis.RedisDump;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What nobody may ever read, wherever an operator can look.
 *
 * <p>Who asked stands in the log rightly, and so does what a session is called there: {@code
 * SessionLogId} is keyed, so that it opens nothing and cannot be guessed from a cookie or a key of
 * the store.
 */
class CanaryTest {
  private static final int PEOPLE = 20;
  private static final int SECRETS = 1_000;
  private static final String LAST_LINE = "/public/the-last-line";

  @TempDir private Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void ofAThousandSecretsOnEveryPathNoneIsInLogMetricsRedisThreadNamesOrLogBuffers()
      throws Exception {
    try (CanaryHouse house = new CanaryHouse(folder)) {
      house.limen.awaitPage("/ready", new LimenProcess.Page(200, "ready"));
      List<Wanderer> people = peopleComeIn(house);
      callsWithoutSession(house);
      callbacksThatGoWrong(house);
      refreshes(house, people);
      reloadsThatAreRefused(house);
      peopleLeave(people.subList(0, PEOPLE / 2));
      providerAndStoreAreAway(house, people.getLast());
      house.lastLine(LAST_LINE);

      HeapDump dump = house.heapDump(folder.resolve("heap.hprof"));
      house.askManagement();
      String management = house.management();
      Canaries.Search search = house.canaries.search();
      Set<String> found = new LinkedHashSet<>(CanaryHouse.leaks(search, dump));
      found.addAll(search.in("management", bytes(management)));
      String redis = house.redis();
      found.addAll(search.in("redis", bytes(redis)));
      house.limen.sigterm();
      house.limen.exitCode();
      byte[] log = house.limen.output();
      found.addAll(search.in("log", log));

      assertThat(found).isEmpty();
      assertThat(house.canaries.count()).as("" + house.canaries.counts()).isGreaterThan(SECRETS);
      wasLookedAt(dump, log, management, redis);
    }
  }

  @Test
  void aLeakThatIsPlantedInAnyOfThesePlacesIsFound() throws Exception {
    Canaries canaries = new Canaries();
    Metrics metrics = new Metrics();
    metrics
        .counter("limen_planted_total", "A leak", "session")
        .increment(canaries.plant("in-label"));
    String inLog = canaries.plant("in-log");
    String inThread = canaries.plant("in-thread");
    String inRedis = canaries.plant("in-redis");
    canaries.plant("nowhere");
    Canaries.Search search = canaries.search();
    Set<String> found = new TreeSet<>(search.in("metrics", metrics.scrape()));
    try (RealRedis redis = RealRedis.start(folder)) {
      RedisDump.plant(redis, "", inRedis);
      found.addAll(search.in("redis", bytes(RedisDump.of(redis, ""))));
    }
    Path log = folder.resolve("leaky.log");
    Process leaky = leaky(log, inLog, inThread);
    try {
      found.addAll(CanaryHouse.leaks(search, heapDumpOnceItHasSpoken(leaky, log)));
      found.addAll(search.in("log", Files.readAllBytes(log)));
    } finally {
      leaky.destroyForcibly().waitFor();
    }
    assertThat(found)
        .containsExactly(
            "in-label as it is in metrics",
            "in-label cut in metrics",
            "in-log as it is in log",
            "in-log as it is in log buffers",
            "in-log cut in log",
            "in-log cut in log buffers",
            "in-redis as it is in redis",
            "in-redis cut in redis",
            "in-thread as it is in thread names",
            "in-thread cut in thread names");
  }

  private static Process leaky(Path log, String... secrets) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LeakyMain.class.getName()));
    command.addAll(List.of(secrets));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private HeapDump heapDumpOnceItHasSpoken(Process leaky, Path log) throws Exception {
    while (leaky.isAlive() && !Files.readString(log).contains("session cnry")) {
      Thread.sleep(20);
    }
    return CanaryHouse.heapDump(leaky.pid(), folder.resolve("leaky.hprof"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "as it is",
        "in hex",
        "in HEX",
        "in percent",
        "in lower percent",
        "in base64",
        "percent in base64",
        "decoded",
        "cut"
      })
  void eachFormOfASecretIsFound(String form) {
    Canaries canaries = new Canaries();
    String planted = canaries.plant("password");
    String made = "GXlnPrWm3ILTuCSQvKdNjVbHkd1y-EUZ4PqgPlIvQlY";
    canaries.note("cookie", made);
    byte[] plain = bytes(planted);
    String percent = URLEncoder.encode(planted, StandardCharsets.UTF_8);
    byte[] text =
        switch (form) {
          case "as it is" -> plain;
          case "in hex" -> bytes(HexFormat.of().formatHex(plain));
          case "in HEX" -> bytes(HexFormat.of().withUpperCase().formatHex(plain));
          case "in percent" -> bytes(percent);
          case "in lower percent" -> bytes(percent.replace("%2B", "%2b").replace("%2F", "%2f"));
          case "in base64" -> Base64.getUrlEncoder().encode(bytes("id=" + planted + "&x"));
          case "percent in base64" -> Base64.getEncoder().encode(bytes("limen:" + percent));
          case "decoded" -> Base64.getUrlDecoder().decode(made);
          default -> bytes(made.substring(0, 24));
        };
    byte[] among = bytes("a line before\n" + new String(text, StandardCharsets.ISO_8859_1) + " a");
    assertThat(canaries.search().in("log", among)).anyMatch(found -> found.contains(form));
    assertThat(canaries.search().in("log", bytes("nothing of it, as cnry+ and GXlnPrWm")))
        .isEmpty();
  }

  /** A search in the wrong places would find nothing either. */
  private static void wasLookedAt(HeapDump dump, byte[] log, String management, String redis) {
    assertThat(LogBuffers.in(dump))
        .as("the last line is still in a buffer")
        .extracting(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
        .anyMatch(text -> text.contains(LAST_LINE));
    assertThat(LogBuffers.threadNames(dump))
        .extracting(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
        .contains("limen-errands", "limen-decision-log");
    assertThat(new String(log, StandardCharsets.UTF_8))
        .contains("DEBUG", "draining", "\"decision\":\"allow\"", "\"decision\":\"redirect\"")
        .contains("\"reason\":\"group_missing\"", "\"reason\":\"store_unavailable\"");
    assertThat(management).contains("limen_checks_total", "ready", "OK", "there is nothing here");
    assertThat(redis).contains("limen:s:{", "appendonly");
  }

  private static List<Wanderer> peopleComeIn(CanaryHouse house) throws Exception {
    List<Wanderer> people = new ArrayList<>();
    for (int i = 0; i < PEOPLE; i++) {
      Wanderer person = house.wanderer(i % 2 == 0);
      assertThat(person.signIn(i % 4 == 3 ? "bob" : "alice", house.password)).isEqualTo(302);
      // Not asserted one by one: tokens are short-lived, and a check waits a second at most.
      for (String path : List.of("/orders/1", "/admin/1", "/optional/1", "/never/1")) {
        person.check(path);
      }
      person.endpoint("/oauth2/userinfo");
      people.add(person);
    }
    return people;
  }

  private static void callsWithoutSession(CanaryHouse house) throws Exception {
    String token = house.backChannel.lastAccessToken();
    assertThat(house.wanderer(true).call("/api/1", token)).isEqualTo(200);
    assertThat(house.wanderer(false).call("/api/1", token + "x")).isEqualTo(401);
    for (boolean byGrpc : new boolean[] {true, false}) {
      Wanderer nobody = house.wanderer(byGrpc);
      for (int i = 0; i < 8; i++) {
        nobody.forge("__Host-limen");
        String wrong = house.canaries.plant("bearer");
        assertThat(nobody.call("/orders/1", wrong)).isEqualTo(401);
        assertThat(nobody.call("/api/1", wrong)).isEqualTo(401);
        assertThat(nobody.call("/either/1", wrong)).isEqualTo(401);
        assertThat(nobody.call("/public/1", wrong)).isEqualTo(200);
        nobody.call("/orders/%2e%2e", wrong);
        nobody.call("/orders/%00", wrong);
      }
    }
  }

  private static void callbacksThatGoWrong(CanaryHouse house) throws Exception {
    Canaries canaries = house.canaries;
    Wanderer person = house.wanderer(true);
    person.forge("__Host-limen-flow-abcdef");
    String made = "state=" + Wanderer.encoded(canaries.plant("state"));
    assertThat(person.callback(made + "&code=" + canaries.plant("code")).statusCode())
        .isEqualTo(400);
    person.callback(made + "&" + made + "&code=" + canaries.plant("code") + "&code=x");
    String query = person.wayIn("alice", house.password);
    person.callback(query.replaceAll("code=[^&]*", "error=" + canaries.plant("error")));
    person.callback(
        person.wayIn("alice", house.password).replaceAll("code=[^&]*", "error=access_denied")
            + "&error_description="
            + canaries.plant("description"));
    person.callback(person.wayIn("alice", house.password) + "&iss=" + canaries.plant("iss"));
    person.callback(
        person
            .wayIn("alice", house.password)
            .replaceAll("code=[^&]*", "code=" + canaries.plant("code")));
    String spent = person.wayIn("alice", house.password);
    person.callback(spent);
    person.callback(spent);
    person.endpoint("/oauth2/start?rd=http://evil.example/" + canaries.plant("rd"));
    person.endpoint("/oauth2/start?login_hint=" + canaries.plant("hint") + "&rd=/orders");
    person.endpoint("/oauth2/nothing?x=" + canaries.plant("x"));
    for (Fault fault : Fault.values()) {
      if (fault.canShowAt(RequestKind.TOKEN_CODE) && fault != Fault.SLOW) {
        house.provider.faults().switchOn(fault, RequestKind.TOKEN_CODE, 1);
        assertThat(house.wanderer(false).signIn("bob", house.password))
            .as(fault.label())
            .isNotEqualTo(302);
        house.provider.faults().clear();
      }
    }
  }

  /** By now tokens are at their end, so that checks wait for new ones. */
  private static void refreshes(CanaryHouse house, List<Wanderer> people) throws Exception {
    Thread.sleep(Duration.ofSeconds(2));
    int next = 0;
    for (Fault fault : Fault.values()) {
      if (fault.canShowAt(RequestKind.TOKEN_REFRESH) && fault != Fault.SLOW) {
        house.provider.faults().switchOn(fault, RequestKind.TOKEN_REFRESH, 1);
        people.get(next++).check("/orders/1");
        house.provider.faults().clear();
        people.get(next++).check("/orders/1");
      }
    }
    house.provider.endSessionsOf("bob");
    for (Wanderer person : people.subList(next, PEOPLE)) {
      person.check("/orders/1");
    }
    assertThat(house.backChannel.refreshes()).isGreaterThan(PEOPLE / 2);
  }

  private static void reloadsThatAreRefused(CanaryHouse house) throws Exception {
    String good = house.yaml();
    for (String wrong : BrokenConfigs.of(good, house.canaries)) {
      house.reload(wrong, "refused");
      house.askManagement();
    }
    house.reload(good + "  - {match: {path: /open/*}, mode: public}\n", "applied");
  }

  private static void peopleLeave(List<Wanderer> people) throws Exception {
    for (Wanderer person : people) {
      person.endpoint("/oauth2/sign_out?rd=/x");
      person.post("/oauth2/sign_out", "cross-site");
      person.post("/oauth2/sign_out", "same-origin");
    }
  }

  private static void providerAndStoreAreAway(CanaryHouse house, Wanderer known) throws Exception {
    house.backChannel.away(true);
    assertThat(house.wanderer(true).signIn("alice", house.password)).isEqualTo(503);
    known.check("/orders/1");
    house.backChannel.away(false);
    String next = house.canaries.plant("store-password");
    RedisDump.changePassword(house.redis, house.storePassword, next);
    house.wanderer(false).signIn("alice", house.password);
    known.check("/orders/1");
    RedisDump.changePassword(house.redis, next, house.storePassword);
    house.redis.kill();
    for (boolean byGrpc : new boolean[] {true, false}) {
      Wanderer late = house.wanderer(byGrpc);
      assertThat(late.signIn("alice", house.password)).isEqualTo(503);
      late.endpoint("/oauth2/userinfo");
      late.post("/oauth2/sign_out", "same-origin");
    }
    known.check("/orders/1");
    house.redis.startAgain();
  }
}
