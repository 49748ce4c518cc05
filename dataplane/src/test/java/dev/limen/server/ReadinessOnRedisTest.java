package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.session.redis.RealRedis;
import io.lettuce.core.KillArgs;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /ready} says of a Redis that answers and may forget sessions. */
class ReadinessOnRedisTest {
  private static final String COMPLAINT =
      "store: Redis may evict sessions: found maxmemory-policy allkeys-lru, expected noeviction;"
          + " set it with CONFIG SET and in redis.conf\n";

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private RealRedis redis;
  private DevIdp provider;

  @BeforeEach
  void start() throws Exception {
    redis =
        RealRedis.start(
            Files.createDirectory(folder.resolve("redis")), "--maxmemory-policy", "allkeys-lru");
    provider = DevIdp.start(DevIdpConfig.demo());
  }

  @AfterEach
  void stop() {
    client.close();
    provider.close();
    redis.close();
  }

  private LimenServer serve(String setting) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("limen.yaml"),
            """
            version: 1
            server:
              extAuthz:
                grpc: {bindAddress: "127.0.0.1:0"}
                http: {bindAddress: "127.0.0.1:0"}
            management: {bindAddress: "127.0.0.1:0"}
            cookie: {secrets: [{id: k1, value: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}]}
            session:
              store:
                type: redis
                redis:
                  connectionURL: "%s"
                  timeouts: {connect: 5s, command: 5s}
                  %s
            providers:
              - id: main
                clientID: limen
                clientSecret: {value: limen-demo-secret}
                oidcConfig: {issuerURL: "%s"}
            redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
            """
                .formatted(redis.config().connectionURL(), setting, provider.issuer()));
    LimenConfig config = new ConfigLoader(Map.of()).load(file);
    return LimenServer.start(config);
  }

  private String ready(LimenServer server) throws Exception {
    URI address = URI.create("http://127.0.0.1:" + server.managementAddress().getPort() + "/ready");
    HttpResponse<String> answer =
        client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private void await(LimenServer server, String expected) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    String found = ready(server);
    while (!found.equals(expected)) {
      assertThat(System.nanoTime()).as("%s in place of %s", found, expected).isLessThan(end);
      Thread.sleep(20);
      found = ready(server);
    }
  }

  private void mend() {
    try (RealRedis.Raw raw = redis.raw()) {
      raw.commands().configSet("maxmemory-policy", "noeviction");
      // A replica that connects anew asks at once, and need not be waited for a minute.
      raw.commands().clientKill(KillArgs.Builder.typeNormal().skipme(true));
    }
  }

  @Test
  void whereThatIsRefusedItIsNotReadyUntilItIsMended() throws Exception {
    try (LimenServer server = serve("onEvictionPolicy: refuse")) {
      await(server, "503 not ready: " + COMPLAINT);
      mend();
      await(server, "200 ready\n");
    }
  }

  @Test
  void byDefaultItIsReadyAndSaysSo() throws Exception {
    try (LimenServer server = serve("")) {
      await(server, "200 ready\n" + COMPLAINT);
      mend();
      await(server, "200 ready\n");
    }
  }
}
