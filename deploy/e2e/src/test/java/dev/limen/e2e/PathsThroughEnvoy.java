package dev.limen.e2e;

import static dev.limen.e2e.ThroughEnvoy.REFUSED;
import static dev.limen.e2e.ThroughEnvoy.UNASKED;
import static dev.limen.e2e.ThroughEnvoy.assertLogin;
import static dev.limen.e2e.ThroughEnvoy.pass;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Request;
import dev.limen.demo.run.Ports;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which path decides: attack list A, section 2.1, through the shipped gateway.
 *
 * <p>Invariant: each says who answered, Envoy or Limen, and that no service was reached.
 */
interface PathsThroughEnvoy extends ThroughEnvoy {
  @Test
  @DisplayName("A01 a query that ends like a public path makes none of it")
  default void aQueryIsNoPath() throws IOException {
    Passage open = pass(new Visitor(), "/v1/a/status");
    assertThat(open.summary()).isEqualTo("200, reached");
    assertThat(open.arrived("x-auth-request-user")).isEmpty();
    for (String path : List.of("/v1/secret?x=/status", "/v1/private/secret?x=/status")) {
      assertThat(pass(new Visitor(), path).summary()).isEqualTo(REFUSED);
    }
    assertLogin("/admin?/public/x");
  }

  @ParameterizedTest
  @DisplayName("A02 a fragment is refused by Envoy: 400, and Limen is not asked")
  @ValueSource(strings = {"/public/a#/admin", "/admin#/../public"})
  default void aFragmentIsRefused(String path) throws IOException {
    assertThat(pass(new Visitor(), path).summary()).isEqualTo(UNASKED);
  }

  @ParameterizedTest
  @DisplayName("A03 A04 no header says which path is asked for")
  @ValueSource(
      strings = {
        "x-forwarded-uri: /public/x",
        "x-forwarded-path: /public/x",
        "x-original-url: /public/x",
        "x-original-uri: /public/x",
        "x-rewrite-url: /public/x",
        "x-envoy-original-path: /public/x",
        "forwarded: path=/public",
      })
  default void noHeaderSaysWhichPath(String header) throws IOException {
    assertLogin("/admin", header);
  }

  @ParameterizedTest
  @DisplayName("A05 a way up out of a public path is judged where it ends")
  @ValueSource(
      strings = {
        "/public/../admin",
        "/public/%2e%2e/admin",
        "/public/.%2e/admin",
        "/public/x/../../admin",
      })
  default void aWayUpIsJudgedWhereItEnds(String path) throws IOException {
    assertLogin(path);
  }

  @ParameterizedTest
  @DisplayName("A06 an escaped slash or backslash is refused by Envoy, a raw backslash is a slash")
  @CsvSource({
    "/public%2f..%2fadmin, '400, not asked'",
    "/public/..%5cadmin, '400, not asked'",
    "/public\\..\\admin, '401, refused by Limen'",
  })
  default void aDisguisedSlashOpensNothing(String path, String summary) throws IOException {
    assertThat(pass(new Visitor(), path).summary()).isEqualTo(summary);
  }

  @Test
  @DisplayName("A07 what is escaped twice is never public")
  default void whatIsEscapedTwiceIsNeverPublic() throws IOException {
    assertLogin("/public/%252e%252e%252fadmin");
  }

  @Test
  @DisplayName("A08 an empty segment opens nothing")
  default void anEmptySegmentOpensNothing() throws IOException {
    assertLogin("//admin");
    assertLogin("///public/../admin");
  }

  /** RFC 3986, section 5.2.4: the dots take the empty segment away, and nothing above it. */
  @ParameterizedTest
  @DisplayName("A08 a way up over an empty segment stays below it, for Limen and the service alike")
  @ValueSource(strings = {"/public//../admin", "/public///x/../../../admin"})
  default void aWayUpOverAnEmptySegment(String path) throws IOException {
    Passage passed = pass(new Visitor(), path);
    assertThat(passed.summary()).isEqualTo("200, reached");
    assertThat(passed.reply().text()).contains("\"path\":\"/public/admin\"");
  }

  @ParameterizedTest
  @DisplayName("A09 path parameters open nothing")
  @ValueSource(strings = {"/public/..;/admin", "/public;a=b/../admin", "/public/x;/..;/..;/admin"})
  default void pathParametersOpenNothing(String path) throws IOException {
    assertLogin(path);
  }

  @ParameterizedTest
  @DisplayName("A10 a control byte or a space in a path is refused by Envoy, and Limen not asked")
  @ValueSource(
      strings = {
        "/public/%00/../admin",
        "/public/\u0001",
        "/public/\u001f",
        "/public/\u007f",
        "/public/a b",
      })
  default void aControlByteIsRefused(String path) throws IOException {
    assertThat(pass(new Visitor(), path).summary()).isEqualTo(UNASKED);
  }

  @ParameterizedTest
  @DisplayName("A11 what only looks like the public path is not it")
  @ValueSource(strings = {"/PUBLIC/x", "/public", "/public.", "/publi%63", "/publicx"})
  default void whatLooksPublicIsNot(String path) throws IOException {
    assertLogin(path);
  }

  @Test
  @DisplayName("A11 a space at the end is below the public path, as the rule says byte for byte")
  default void anEscapedSpaceIsPartOfThePath() throws IOException {
    // The rule is a prefix by segment, and Limen's own reading of the path needs a session first.
    assertLogin("/public/x%20");
  }

  @ParameterizedTest
  @DisplayName("A12 another form of target: Envoy reads the host of one, and refuses the others")
  @CsvSource({
    "GET, http://evil.example/public/x, '400, refused by Limen'",
    "OPTIONS, *, '404, not asked'",
    "CONNECT, host:443, '403, not asked'",
  })
  default void anotherFormOfTargetOpensNothing(String method, String target, String summary)
      throws IOException {
    assertThat(pass(new Visitor(), Visitor.request(method, target)).summary()).isEqualTo(summary);
  }

  @ParameterizedTest
  @DisplayName("A13 what decodes to a dot or a slash in another alphabet opens nothing")
  @CsvSource({
    "/public/%c0%ae%c0%ae/admin, '401, refused by Limen'",
    "/public/%e2%88%95..%e2%88%95admin, '401, refused by Limen'",
    "/public/\u00c0\u00ae\u00c0\u00ae/admin, '400, not asked'",
  })
  default void anotherAlphabetOpensNothing(String path, String summary) throws IOException {
    assertThat(pass(new Visitor(), path).summary()).isEqualTo(summary);
  }

  @ParameterizedTest
  @DisplayName("A14 a host in any spelling meets the rule of that host")
  @ValueSource(
      strings = {
        "secret.example.com",
        "Secret.Example.COM",
        "secret.example.com:443",
        "secret.example.com.",
        "Secret.Example.COM.:443",
      })
  default void aHostInAnySpellingMeetsItsRule(String host) throws IOException {
    Passage asked = pass(alice(), Request.get(host, "/orders"));
    assertThat(asked.summary()).isEqualTo("403, refused by Limen");
    assertThat(pass(alice(), Request.get("other.example.com", "/orders")).summary())
        .isEqualTo("400, refused by Limen");
  }

  @Test
  @DisplayName("A15 a header or a parameter that names a method is none")
  default void aMethodOverrideIsNoMethod() throws IOException {
    for (String path : List.of("/public/x", "/public/x?_method=GET")) {
      Passage posted =
          pass(new Visitor(), Visitor.request("POST", path), "x-http-method-override: GET");
      assertThat(posted.summary()).isEqualTo(REFUSED);
    }
  }

  @ParameterizedTest
  @DisplayName("A16 no user agent is let in for its name")
  @ValueSource(strings = {"GoogleHC/1.0", "kube-probe/1.30"})
  default void noUserAgentIsLetIn(String agent) throws IOException {
    assertLogin("/admin", "user-agent: " + agent);
  }

  @ParameterizedTest
  @DisplayName("A17 a well-known path is a path: through Envoy, and asked of Limen's HTTP port")
  @ValueSource(strings = {"/healthz", "/ready", "/ping", "/metrics", "/robots.txt", "/favicon.ico"})
  default void noPathIsSpecial(String path) throws IOException {
    assertLogin(path);
    Visitor gateway = new Visitor(Ports.LIMEN_HTTP);
    assertThat(gateway.get("/limen/check" + path).status()).isEqualTo(401);
    assertThat(gateway.get("/limen/check/oauth2/sign_in").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @DisplayName("A19 no address that a client claims decides: no rule reads one, from any header")
  @ValueSource(
      strings = {
        "x-forwarded-for: 10.0.0.1",
        "x-forwarded-for: ::ffff:10.0.0.1",
        "x-real-ip: 127.0.0.1",
        "x-envoy-external-address: 127.0.0.1",
        "x-envoy-internal: true",
      })
  default void noClaimedAddressDecides(String header) throws IOException {
    assertLogin("/admin", header);
  }

  @Test
  @DisplayName("A20 a preflight needs a session unless its route says so, and then it is nobody's")
  default void aPreflightIsNobodys() throws IOException {
    String[] lines = {
      "origin: https://app.example.com",
      "access-control-request-method: PUT",
      "x-auth-request-groups: admin"
    };
    assertThat(pass(new Visitor(), Visitor.request("OPTIONS", "/admin"), lines).summary())
        .isEqualTo(REFUSED);
    Visitor bare = new Visitor(Door.BARE.port());
    for (Visitor nobody : List.of(new Visitor(), bare)) {
      Passage passed = pass(nobody, Visitor.request("OPTIONS", "/api/x"), lines);
      assertThat(passed.summary()).isEqualTo("200, reached");
      assertThat(passed.arrived()).noneMatch(line -> line.startsWith("x-auth-request-"));
    }
  }
}
