package dev.limen.demo.judge;

import static dev.limen.demo.judge.StepFailed.expect;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.limen.demo.http.Reply;
import dev.limen.demo.run.AccessLog;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Steps 17 to 21: with the session cookie, through to the services. */
final class ServiceSteps {
  private static final String ACCESS_TOKEN = "x-auth-request-access-token";
  private static final String BEARER = "Bearer ";

  private final Scene scene;
  private final Walk walk;
  private final TokenOracle oracle;

  ServiceSteps(Scene scene, Walk walk) {
    this.scene = scene;
    this.walk = walk;
    this.oracle = new TokenOracle(scene.edge().issuer());
  }

  List<Step> all() {
    return List.of(
        new Step(17, "browser → gateway", "asks again, with the cookie", this::asksAgain),
        new Step(18, "gateway → Limen", "the check", this::checked),
        new Step(19, "Limen → gateway", "OK with both tokens", this::tokens),
        new Step(20, "gateway", "verifies, enforces the role, routes", this::enforced),
        new Step(21, "service → browser", "answers", this::answers));
  }

  private String asksAgain() throws IOException {
    walk.checksBefore = scene.checksPassed();
    walk.requestsBefore = scene.requestsToLimen();
    // A cookie of the service's own, which must get through where Limen's must not.
    walk.browser.jar(scene.edge().servicesAuthority()).put("app", "its-own");
    walk.again = walk.browser.navigate(scene.edge().services() + "/orders?x=1");
    AccessLog.Line line = scene.logged(walk.again);
    expect(line.path().equals("/orders"), "GET /orders", line);
    return "Envoy's log: GET " + line.authority() + line.path() + " " + line.status();
  }

  private String checked() {
    long passed = scene.checksPassed() - walk.checksBefore;
    long asked = scene.requestsToLimen() - walk.requestsBefore;
    expect(passed == 1, "ext_authz ok +1", "+" + passed);
    expect(asked >= 1, scene.mode().checkCluster() + " asked", asked);
    return "Envoy's counters: ext_authz ok +1, asked " + scene.mode().checkCluster();
  }

  private String tokens() throws IOException {
    Map<String, String> planted =
        Map.of(
            "authorization",
            BEARER + walk.planted,
            "x-auth-request-user",
            walk.planted,
            "x-auth-request-groups",
            walk.planted,
            ACCESS_TOKEN,
            walk.planted);
    Echo echo = Echo.of(walk.browser.fetch(scene.edge().services() + "/orders", planted));
    expect(!echo.mentions(walk.planted), "no identity that the client planted", echo);
    String authorization = echo.only("authorization");
    expect(authorization.startsWith(BEARER), "authorization: Bearer …", "another scheme");
    String idToken = authorization.substring(BEARER.length());
    String accessToken = echo.only(ACCESS_TOKEN);
    expect(!idToken.equals(accessToken), "two different tokens", "one");
    JWTClaimsSet id = oracle.verified(idToken, "the ID token");
    JWTClaimsSet access = oracle.verified(accessToken, "the access token");
    expect(walk.nonce.equals(id.getClaim("nonce")), "our nonce in the first", "another or none");
    expect(TokenOracle.hasRole(access, "app-user"), "the role in the second", "none");
    String subject = String.valueOf(id.getSubject());
    expect(subject.equals(echo.only("x-auth-request-user")), "the user's sub", "another");
    expect(Objects.equals(subject, access.getSubject()), "one subject in both", "two");
    expect(!scene.store().holds(idToken), "no ID token in a dump", "it is there");
    expect(!scene.store().holds(accessToken), "no access token in a dump", "it is there");
    return "the echo: ID token with our nonce, another as access token, both verify (JWKS)";
  }

  private String enforced() throws IOException {
    String services = scene.edge().services();
    for (String name : List.of("orders", "reports")) {
      Echo echo = Echo.of(walk.browser.fetch(services + "/" + name, Map.of()));
      expect(echo.service().equals(name), "/" + name + " at " + name, "at " + echo.service());
    }
    Browser bobs = scene.newBrowser();
    SignIn.run(scene, bobs, Credentials.BOB);
    Reply refused = bobs.navigate(services + "/orders");
    AccessLog.Line line = scene.logged(refused);
    expect(refused.status() == 403, "403 for a user without the role", refused.status());
    expect(line.details().startsWith("rbac_access_denied"), "RBAC's refusal", line.details());
    return "/orders and /reports at their own services; bob, without the role: 403 (RBAC)";
  }

  private String answers() throws IOException {
    String services = scene.edge().services();
    expect(walk.again.status() == 200, "200", walk.again.status());
    boolean greeted = walk.again.text().contains("Signed in as");
    expect(greeted && walk.again.text().contains("alice"), "the service's page", "another");
    byte[] body = walk.body();
    Echo echo = Echo.of(walk.browser.post(services + "/orders", body));
    expect(echo.bodyLength() == body.length, body.length + " bytes", echo.bodyLength());
    expect(echo.bodySha256().equals(sha256(body)), "the body byte for byte", "another");
    oracle.verified(echo.only(ACCESS_TOKEN), "the access token");
    String cookies = echo.only("cookie");
    expect(!cookies.contains("__Host-limen"), "no cookie of Limen's at the service", "one");
    expect(cookies.equals("app=its-own"), "the service's own cookie", "another or more");
    walk.expectBodyNotSeen(scene);
    return "page; " + body.length + " bytes arrived whole; header there, Limen's cookie not";
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new AssertionError(everyJdkHasIt);
    }
  }
}
