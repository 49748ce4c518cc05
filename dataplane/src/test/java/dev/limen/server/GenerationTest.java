package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.memory.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a new configuration makes anew, and what goes on as it was. */
class GenerationTest {
  private static final String BEARER = "{issuer: 'http://127.0.0.1:1/b', audiences: [a]}";

  @TempDir private Path folder;
  private final MemoryStore store = new MemoryStore();
  private final Generation.Ground ground =
      new Generation.Ground(store, new Metrics(), InstantSource.system());
  private Path authority;

  @BeforeEach
  void writeAnAuthority() throws Exception {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    X509TrustManager system = (X509TrustManager) factory.getTrustManagers()[0];
    byte[] encoded = system.getAcceptedIssuers()[0].getEncoded();
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
    authority =
        Files.writeString(
            folder.resolve("ca.pem"),
            "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n");
  }

  @AfterEach
  void closeTheStore() {
    store.close();
  }

  private LimenConfig config(String issuer, String more) throws IOException {
    String yaml =
        """
        version: 1
        providers:
          - id: main
            clientID: limen
            clientSecret: {value: a}
            caFiles: ["%s"]
            oidcConfig: {issuerURL: "http://127.0.0.1:1/a"}
        redirects: {whitelistDomains: [shop.example.com]}
        bearer: {issuers: [%s]}
        """
            .formatted(authority, issuer);
    return new ConfigLoader(Map.of()).load(Files.writeString(folder.resolve("c"), yaml + more));
  }

  private static OpenIdProvider provider(Generation generation) {
    return generation.providers().iterator().next();
  }

  @Test
  void aRouteLeavesProvidersAndAccessTokensAsTheyAre() throws IOException {
    Generation first = Generation.first(ground, config(BEARER, ""));
    String route = "routes: [{match: {path: /a}, mode: public}]\n";
    Generation next = first.next(ground, config(BEARER, route), Set.of());
    assertThat(next.bearerTokens()).isSameAs(first.bearerTokens());
    assertThat(provider(next)).isSameAs(provider(first));
    next.close();
  }

  @Test
  void anotherAudienceMakesTheAccessTokensAnewAndNotTheProvider() throws IOException {
    Generation first = Generation.first(ground, config(BEARER, ""));
    Generation next = first.next(ground, config(BEARER.replace("[a]", "[b]"), ""), Set.of());
    assertThat(next.bearerTokens()).isNotSameAs(first.bearerTokens());
    assertThat(provider(next)).isSameAs(provider(first));
    next.close();
    first.close();
  }

  @Test
  void aCaFileThatHoldsAnotherCertificateMakesWhoeverTrustsItAnew() throws IOException {
    Path own = Files.copy(authority, folder.resolve("own.pem"));
    LimenConfig same = config(BEARER.replace("}", ", caFiles: ['" + own + "']}"), "");
    Generation first = Generation.first(ground, same);
    Generation still = first.next(ground, same, Set.of(folder.resolve("other.pem")));
    assertThat(still.bearerTokens()).isSameAs(first.bearerTokens());
    assertThat(provider(still)).isSameAs(provider(first));
    Generation next = first.next(ground, same, Set.of(own));
    assertThat(next.bearerTokens()).isNotSameAs(first.bearerTokens());
    assertThat(provider(next)).isSameAs(provider(first));
    Generation last = next.next(ground, same, Set.of(authority));
    assertThat(provider(last)).isNotSameAs(provider(first));
    last.close();
    next.close();
    first.close();
  }

  @Test
  void whatIsReplacedIsClosedOnceItsTimeIsOver() throws Exception {
    try (Rooms rooms = new Rooms(config(BEARER, ""), Duration.ofSeconds(1), new SteadyClock())) {
      OpenIdProvider old = provider(rooms.current());
      Generation next = rooms.next(config(BEARER, ""), Set.of(authority));
      rooms.replaceBy(next);
      old.survey().toCompletableFuture().join();
      Thread.sleep(2_000);
      assertThatThrownBy(old::survey).isInstanceOf(RejectedExecutionException.class);
      provider(next).survey().toCompletableFuture().join();
    }
  }
}
