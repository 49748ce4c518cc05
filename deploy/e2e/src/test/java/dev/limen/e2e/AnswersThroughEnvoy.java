package dev.limen.e2e;

import static dev.limen.e2e.ThroughEnvoy.REFUSED;
import static dev.limen.e2e.ThroughEnvoy.pass;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Reply;
import dev.limen.demo.http.Request;
import dev.limen.demo.run.Await;
import dev.limen.demo.run.DevProvider;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Ports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * What Envoy makes of Limen's answers, and Limen of what Envoy asks: cases C.
 *
 * <p>Invariant: what cannot hold as the case has it is asserted as it does hold, with the reason.
 */
interface AnswersThroughEnvoy extends ThroughEnvoy {
  Boundaries at();

  /** Whether this Envoy can be told to pass on no more than the start of a page. */
  boolean cutsPages();

  @Test
  @DisplayName("C2 every kind of allow is 200 on the wire, since Envoy takes 201 or 204 for a no")
  default void onlyA200Allows() throws IOException {
    Visitor gateway = alice().at(Ports.LIMEN_HTTP);
    String bearer = "authorization: Bearer " + accessToken();
    for (String path : List.of("/orders", "/either/x", "/public/x", "/public/optional/x")) {
      assertThat(gateway.get("/limen/check" + path).status()).as(path).isEqualTo(200);
    }
    assertThat(new Visitor(Ports.LIMEN_HTTP).get("/limen/check/api/x", bearer).status())
        .isEqualTo(200);
    String[] preflight = {"origin: https://app.example.com", "access-control-request-method: PUT"};
    assertThat(gateway.ask("OPTIONS", "/limen/check/api/x", preflight).status()).isEqualTo(200);
    assertThat(gateway.ask("DELETE", "/limen/check/orders").status()).isEqualTo(200);
  }

  private String accessToken() throws IOException {
    return pass(alice(), "/orders").arrived("x-auth-request-access-token").getFirst();
  }

  /** A session's cookie never changes, so there is nothing to set on an allow. */
  @Test
  @DisplayName("C6 C7 C128 an allow sets no cookie of Limen's, and leaves the service its own two")
  default void aServicesOwnCookiesArrive() throws IOException {
    for (Visitor visitor : List.of(alice(), alice().at(Door.BARE.port()))) {
      Passage passed = pass(visitor, "/cookies/x");
      assertThat(passed.status()).isEqualTo(200);
      assertThat(passed.allowed()).isEqualTo(1);
      assertThat(passed.reply().all("set-cookie")).containsExactly("a=1", "b=2");
    }
    assertThat(pass(alice(), "/orders").summary()).isEqualTo("200, reached");
  }

  @Test
  @DisplayName("C17 C132 a body that Envoy shows to Limen changes no answer, and arrives whole")
  default void aBodyChangesNoAnswer() throws Exception {
    byte[] body = new byte[3 << 10];
    Arrays.fill(body, (byte) 0xff);
    String digest = HexFormat.of().formatHex(sha256(body));
    Request part = Request.post(Visitor.SERVICES, "/bodies/x", "text/plain", body);
    Passage passed = pass(alice(), part, "accept: application/json");
    assertThat(passed.summary()).isEqualTo("200, reached");
    assertThat(passed.reply().text()).contains("\"bodyLength\":3072", digest);
    assertThat(passed.arrived()).noneMatch(line -> line.startsWith("x-envoy-auth-partial-body"));
    assertThat(pass(new Visitor(), part).summary()).isEqualTo(REFUSED);
  }

  @Test
  @DisplayName("C132 a body up to Envoy's limit is shown whole; one byte more is Envoy's own 413")
  default void aBodyOverEnvoysLimitIs413() throws IOException {
    for (int over : new int[] {0, 1}) {
      byte[] body = new byte[(2 << 10) + over];
      Request whole = Request.post(Visitor.SERVICES, "/whole-bodies/x", "text/plain", body);
      Passage passed = pass(alice(), whole, "accept: application/json");
      assertThat(passed.summary()).isEqualTo(over == 0 ? "200, reached" : "413, not asked");
    }
  }

  /** Over gRPC that is an error of the call and no answer, of which Envoy makes the 503. */
  @Test
  @DisplayName(
      "C132 C102 a check that is longer than Limen reads is refused, and reaches no service")
  default void aCheckLongerThanLimenReadsIsRefused() throws IOException {
    Request large =
        Request.post(Visitor.SERVICES, "/large-bodies/x", "text/plain", new byte[300_000]);
    Passage asked = pass(alice(), large, "accept: application/json");
    assertThat(asked.summary())
        .isEqualTo(mode() == Mode.GRPC ? "503, not answered" : "413, refused by Limen");
    assertThat(asked.reply().all("set-cookie")).isEmpty();
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  @Test
  @DisplayName("C21 a page longer than Envoy passes on is cut; Limen's own are below 16 KiB")
  default void aPageIsCutWhereEnvoySaysSo() throws IOException {
    Reply whole = new Visitor().navigate("/oauth2");
    assertThat(whole.status()).isEqualTo(404);
    assertThat(whole.body()).hasSizeBetween(Door.PAGE_BYTES + 1, 16 << 10);
    if (cutsPages()) {
      Reply cut = new Visitor(Door.BARE.port()).navigate("/oauth2");
      assertThat(cut.status()).isEqualTo(404);
      assertThat(cut.body()).isEqualTo(Arrays.copyOf(whole.body(), Door.PAGE_BYTES));
    }
  }

  @Test
  @DisplayName("C22 an upgrade goes through to a service that switches protocols: 101 once allowed")
  default void anUpgradeGoesThrough() throws IOException {
    String[] upgrade = {
      "connection: upgrade",
      "upgrade: websocket",
      "sec-websocket-version: 13",
      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="
    };
    Passage refused = pass(new Visitor(), "/cookies/x", upgrade);
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.denied()).isEqualTo(1);
    Passage switched = pass(alice(), "/cookies/x", upgrade);
    assertThat(switched.status()).isEqualTo(101);
    assertThat(switched.allowed()).isEqualTo(1);
  }

  @Test
  @DisplayName(
      "C25 of several groups one header arrives, joined by commas, whatever a client sends")
  default void severalGroupsAreOneHeader() throws IOException {
    Visitor pair = Visitor.signedIn("pair");
    for (Visitor visitor : List.of(pair, pair.at(Door.BARE.port()))) {
      Passage passed =
          pass(visitor, "/orders", "x-auth-request-groups: a", "x-auth-request-groups: b");
      assertThat(passed.arrived("x-auth-request-groups")).containsExactly("users%2Cadmins,staff");
    }
  }

  @Test
  @DisplayName(
      "C126 what does not fit beside the tokens is Envoy's own 500, and reaches no service")
  default void headersPastEnvoysBudgetDoNotArrive() throws IOException {
    assertThat(pass(alice(), "/orders", kibibytes(50)).summary()).isEqualTo("200, reached");
    // Envoy takes 60 KiB of a client, and no more with what Limen attaches.
    Passage full = pass(alice(), "/orders", kibibytes(59));
    assertThat(full.status()).isEqualTo(500);
    assertThat(full.reached()).isZero();
    assertThat(pass(alice(), "/orders", kibibytes(61)).summary()).isEqualTo("431, not asked");
  }

  private static String[] kibibytes(int count) {
    return IntStream.range(100, 100 + count)
        .mapToObj(i -> "x-%d: %s".formatted(i, "b".repeat((1 << 10) - 5)))
        .toArray(String[]::new);
  }

  /** Limen says it in {@code denied_response}, since Envoy up to 1.36 reads nothing else. */
  @Test
  @DisplayName(
      "C129 C18 C19 trouble is 503 and reaches no service; over gRPC it says when to retry")
  default void troubleIs503() throws IOException {
    String header = base64("{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"JWT\"}");
    String claims = base64("{\"iss\":\"http://127.0.0.1:1/realms/away\",\"sub\":\"a\"}");
    String token = header + "." + claims + "." + base64("no signature");
    Passage asked = pass(new Visitor(), "/api/x", "authorization: Bearer " + token);
    assertThat(asked.status()).isEqualTo(503);
    assertThat(asked.reached()).isZero();
    assertThat(asked.reply().all("set-cookie")).isEmpty();
    assertThat(asked.reply().header("retry-after")).isEqualTo(mode() == Mode.GRPC ? "2" : null);
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  @Order(Integer.MAX_VALUE - 2)
  @DisplayName("C135 the provider signs with a new key: who has a session goes on, others come in")
  default void theProviderTurnsItsKeys() throws IOException {
    ((DevProvider) at().stage.provider()).rotateKeys();
    assertThat(pass(alice(), "/orders").summary()).isEqualTo("200, reached");
    Visitor plain = signedInAtLast("plain");
    // The gateway reads the keys anew on its own; until then it refuses, and nothing is a 5xx.
    Await.until(Duration.ofSeconds(40), () -> noTrouble(plain.get("/orders").status()) == 200);
    assertThat(pass(plain, "/orders").summary()).isEqualTo("200, reached");
  }

  /** Limen asks for unknown keys every ten seconds at most. */
  private static Visitor signedInAtLast(String user) throws IOException {
    Visitor[] visitor = new Visitor[1];
    Await.until(
        Duration.ofSeconds(40),
        () -> {
          visitor[0] = Visitor.signedIn(user);
          return true;
        });
    return visitor[0] == null ? Visitor.signedIn(user) : visitor[0];
  }

  private static int noTrouble(int status) {
    assertThat(status).isLessThan(500);
    return status;
  }

  @Test
  @Order(Integer.MAX_VALUE - 1)
  @DisplayName("C19 C20 Limen does not answer: 503; where a gateway fails open, claims pass unseen")
  default void failingOpenPassesWhatAClientClaims() throws Exception {
    long limen = at().stage.limen().process().pid();
    signal("-STOP", limen);
    try {
      assertThat(pass(new Visitor(Door.IMPATIENT.port()), "/public/x").summary())
          .isEqualTo("503, not answered");
      String[] claims = {"x-auth-request-user: admin", "x-report-user: admin"};
      Passage open = pass(new Visitor(Door.BARE.port()), "/public/x", claims);
      assertThat(open.summary()).isEqualTo("200, not answered, reached");
      assertThat(open.arrived("x-envoy-auth-failure-mode-allowed")).containsExactly("true");
      // Limen was not asked, so nobody took it away; the other the gateway takes away itself.
      assertThat(open.arrived("x-auth-request-user")).containsExactly("admin");
      assertThat(open.arrived("x-report-user")).isEmpty();
    } finally {
      signal("-CONT", limen);
    }
  }

  private static void signal(String signal, long pid) throws Exception {
    Process kill = new ProcessBuilder("sh", "-c", "kill " + signal + " " + pid).start();
    assertThat(kill.waitFor()).isZero();
  }
}
