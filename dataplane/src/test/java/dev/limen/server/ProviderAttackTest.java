package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.ConfigLoader;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.devidp.Fault;
import dev.limen.devidp.FaultRule;
import dev.limen.devidp.RequestKind;
import dev.limen.server.Doors.Door;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole Limen that starts while its provider lies about itself, or publishes no keys. */
@Timeout(300)
class ProviderAttackTest {
  @TempDir private Path folder;

  private LimenServer start(DevIdp provider) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("limen.yaml"),
            """
            version: 1
            server:
              extAuthz:
                grpc: {bindAddress: "127.0.0.1:0"}
                http: {bindAddress: "127.0.0.1:0"}
                deadline: 30s
            management: {bindAddress: "127.0.0.1:0"}
            providers:
              - id: main
                provider: keycloak-oidc
                clientID: limen
                clientSecret: {value: limen-demo-secret}
                oidcConfig: {issuerURL: "%s"}
                timeouts: {connect: 10s, token: 10s, jwks: 20s}
            redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
            """
                .formatted(provider.issuer()));
    return LimenServer.start(new ConfigLoader(Map.of()).load(file));
  }

  /** Returns once the provider was asked that often, and so was not believed the first time. */
  private static void awaitAsked(DevIdp provider, RequestKind kind, int times) throws Exception {
    long end = System.nanoTime() + Gateway.LIMIT.toNanos();
    while (provider.log().of(kind).size() < times) {
      assertThat(System.nanoTime()).as("asked again in time").isLessThan(end);
      Thread.sleep(20);
    }
  }

  @ParameterizedTest
  @CsvSource({"WRONG_ISSUER, DISCOVERY", "HTTP_500, CERTS", "GARBAGE, CERTS"})
  @DisplayName("A66 without the right issuer and its keys nothing is ready, and nobody signs in")
  void withoutTheRightIssuerAndItsKeysNothingIsReady(Fault fault, RequestKind asked)
      throws Exception {
    DevIdpConfig realm =
        DevIdpConfig.demo()
            .withSigningAlgorithm("ES256")
            .withFault(new FaultRule(fault, asked, FaultRule.ALWAYS));
    try (DevIdp provider = DevIdp.start(realm);
        LimenServer server = start(provider);
        Doors doors = new Doors(server)) {
      awaitAsked(provider, asked, 2);
      Visit visit = new Visit(server);
      assertThat(visit.management("/ready")).isEqualTo(503);
      for (Door door : Door.values()) {
        doors.ask(door, Asked.get("/orders")).assertNobody(401);
        Arrived away = doors.ask(door, Asked.get("/orders").navigation());
        away.assertNobody(503);
        assertThat(away.all("set-cookie")).isEmpty();
      }
      provider.faults().clear();
      visit.awaitReady();
      visit.logIn("alice");
      for (Door door : Door.values()) {
        doors.ask(door, Asked.with("/orders", visit.cookie())).assertIs("alice");
      }
    }
  }
}
