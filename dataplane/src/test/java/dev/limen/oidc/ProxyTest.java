package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.oidc.BackChannel.Limit;
import dev.limen.session.Session;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A provider that can be reached through an HTTP proxy only; https is in BackChannelTest. */
class ProxyTest {
  private static final Limit LIMIT = new Limit(1_000, Duration.ofSeconds(10));

  private final CountingProxy proxy = new CountingProxy();

  @AfterEach
  void stop() {
    proxy.close();
  }

  @Nested
  class ARequest {
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final WireProvider provider = new WireProvider();

    @AfterEach
    void stopProvider() {
      provider.close();
      executor.shutdownNow();
    }

    private BackChannel channel(String address) {
      provider.json("/x", "{}");
      return new BackChannel(
          IssuerSource.of(Providers.with(draft -> draft.proxy = address)), executor);
    }

    @Test
    void goesThroughTheProxyWhateverItsMethod() {
      URI uri = provider.uri("/x");
      try (BackChannel channel = channel(proxy.address())) {
        assertThat(channel.get(uri, LIMIT).outcome()).isEqualTo(Outcome.OK);
        assertThat(channel.post(uri, "a=b", "Basic bGltZW4=", LIMIT).outcome())
            .isEqualTo(Outcome.OK);
      }
      assertThat(proxy.lines())
          .containsExactly("GET " + uri + " HTTP/1.1", "POST " + uri + " HTTP/1.1");
      assertThat(provider.requests("/x")).hasSize(2);
      assertThat(provider.requests("/x").getLast().header("Authorization"))
          .isEqualTo("Basic bGltZW4=");
    }

    @Test
    void isNotSentDirectlyWhenTheProxyRefuses() {
      for (String refusal : List.of("407 Proxy Authentication Required", "502 Bad Gateway")) {
        proxy.refusal = refusal;
        try (BackChannel channel = channel(proxy.address())) {
          assertThat(channel.get(provider.uri("/x"), LIMIT).outcome()).isNotEqualTo(Outcome.OK);
        }
      }
      assertThat(provider.requests("/x")).isEmpty();
    }

    @Test
    void isNotSentDirectlyWhenTheProxyIsGone() {
      try (BackChannel channel = channel(proxy.address())) {
        proxy.close();
        assertThat(channel.get(provider.uri("/x"), LIMIT))
            .isEqualTo(Answer.failed(0, Outcome.UNREACHABLE));
      }
      assertThat(provider.requests("/x")).isEmpty();
    }

    @Test
    void takesNoProxyThatOnlyTheJvmKnowsOf() {
      ProxySelector before = ProxySelector.getDefault();
      int port = URI.create(proxy.address()).getPort();
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      ProxySelector.setDefault(ProxySelector.of(address));
      try (BackChannel channel = new BackChannel(IssuerSource.of(Providers.standard()), executor)) {
        provider.json("/x", "{}");
        assertThat(channel.get(provider.uri("/x"), LIMIT).outcome()).isEqualTo(Outcome.OK);
      } finally {
        ProxySelector.setDefault(before);
      }
      assertThat(proxy.lines()).isEmpty();
      assertThat(provider.requests("/x")).hasSize(1);
    }
  }

  @Test
  void everyRequestToTheProviderGoesThroughTheProxyFromDiscoveryToRefresh() throws Exception {
    try (StrictProvider strict = new StrictProvider()) {
      strict.idp.log().clear();
      try (OpenIdProvider behind = strict.connect(draft -> draft.proxy = proxy.address())) {
        StrictProvider.Flow flow = StrictProvider.Flow.start();
        String url = Objects.requireNonNull(behind.authorizationUrl(flow.request()));
        Map<String, String> callback = strict.browser.signIn(url, "alice");
        Session session =
            StrictProvider.session(
                StrictProvider.granted(
                    StrictProvider.await(
                        behind.redeem(
                            Objects.requireNonNull(callback.get("code")),
                            flow.verifier(),
                            StrictProvider.CALLBACK,
                            flow.sent()))));
        StrictProvider.granted(StrictProvider.await(behind.refresh(session, null)));
      }
      String origin = strict.idp.origin();
      assertThat(proxy.lines()).allMatch(line -> line.contains(" " + origin + "/"));
      assertThat(proxy.lines()).anyMatch(line -> line.contains("/.well-known/"));
      assertThat(proxy.lines()).anyMatch(line -> line.contains("/certs "));
      assertThat(proxy.lines())
          .filteredOn(line -> line.startsWith("POST ") && line.contains("/token "))
          .hasSize(2);
    }
  }
}
