package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the file and the environment may say, and what stops the start. */
class ConfigLoaderTest {
  private static final String LEAST =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: {value: not-to-be-seen}
          oidcConfig: {issuerURL: "https://idp.example.com/realms/a"}
      redirects: {redirectURL: "https://shop.example.com/oauth2/callback"}
      """;

  private static LimenConfig load(String yaml) {
    return load(yaml, Map.of());
  }

  private static LimenConfig load(String yaml, Map<String, String> environment) {
    return new ConfigLoader(environment).parse(yaml);
  }

  @Test
  void everyDefaultIsPinned() {
    LimenConfig config = load(LEAST);
    assertThat(config.server().extAuthz().grpc().bindAddress()).hasToString("0.0.0.0:9191");
    assertThat(config.server().extAuthz().grpc().maxConcurrentStreams()).isEqualTo(1024);
    assertThat(config.server().extAuthz().grpc().maxConnections()).isEqualTo(10_000);
    assertThat(config.server().extAuthz().grpc().maxConnectionsPerSource()).isZero();
    assertThat(config.server().extAuthz().grpc().idleTimeout()).isEqualTo(Duration.ofHours(2));
    assertThat(config.server().extAuthz().http().maxConnections()).isEqualTo(10_000);
    assertThat(config.server().extAuthz().http().maxConnectionsPerSource()).isZero();
    assertThat(config.server().extAuthz().http().idleTimeout()).isEqualTo(Duration.ofHours(2));
    assertThat(config.server().extAuthz().maxPending()).isEqualTo(10_000);
    assertThat(config.server().extAuthz().http().bindAddress()).hasToString("0.0.0.0:4180");
    assertThat(config.server().extAuthz().http().pathPrefix()).isEqualTo("/limen/check");
    assertThat(config.server().extAuthz().deadline()).isEqualTo(Duration.ofMillis(1900));
    assertThat(config.server().shutdown().lameDuck()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.server().shutdown().drain()).isEqualTo(Duration.ofSeconds(20));
    assertThat(config.web().proxyPrefix()).isEqualTo("/oauth2");
    assertThat(config.management())
        .hasToString(
            "ManagementConfig[bindAddress=0.0.0.0:9193, pingPath=/ping, readyPath=/ready,"
                + " metricsPath=/metrics, maxConnections=256]");
    assertThat(config.cookie().name()).isEqualTo("__Host-limen");
    assertThat(config.cookie().secure()).isTrue();
    assertThat(config.cookie().secrets()).isEmpty();
    assertThat(config.cookie().flow().maxFlows()).isEqualTo(8);
    assertThat(config.cookie().flow().expire()).isEqualTo(Duration.ofMinutes(15));
    assertThat(config.session().absoluteTimeout()).isEqualTo(Duration.ofHours(12));
    assertThat(config.session().idleTimeout()).isEqualTo(Duration.ofHours(1));
    assertThat(config.session().refresh().ahead()).isEqualTo(Duration.ofSeconds(60));
    assertThat(config.session().maxPerUser().limit()).isZero();
    assertThat(config.session().maxPerUser().onExceed())
        .isEqualTo(SessionConfig.OnExceed.EVICT_OLDEST);
    assertThat(config.session().store().type()).isEqualTo(StoreConfig.Type.MEMORY);
    assertThat(config.redirects().whitelistDomains()).isEmpty();
    assertThat(config.redirects().defaultPath()).isEqualTo("/");
    assertThat(config.routes()).isEmpty();
    assertThat(config.defaults())
        .isEqualTo(new DefaultsConfig(RouteConfig.Mode.LOGIN, "main", "default"));
    assertThat(config.logging().level()).isEqualTo(LoggingConfig.Level.INFO);
  }

  @Test
  void everyDefaultOfProviderAndRedisIsPinned() {
    LimenConfig config = load(LEAST);
    ProviderConfig provider = config.provider("main");
    assertThat(provider.provider()).isEqualTo(ProviderConfig.Dialect.OIDC);
    assertThat(provider.clientAuth()).isEqualTo(ProviderConfig.ClientAuth.CLIENT_SECRET_BASIC);
    assertThat(provider.scope()).isEqualTo("openid profile email");
    assertThat(provider.caFiles()).isEmpty();
    assertThat(provider.oidcConfig().backchannelBaseURL()).isNull();
    assertThat(provider.oidcConfig().enabledSigningAlgs())
        .containsExactly("RS256", "ES256", "PS256");
    assertThat(provider.oidcConfig().emailClaim()).isEqualTo("email");
    assertThat(provider.oidcConfig().groupsClaim()).isEqualTo("groups");
    assertThat(provider.oidcConfig().userIDClaim()).isEqualTo("sub");
    assertThat(provider.oidcConfig().insecureAllowUnverifiedEmail()).isFalse();
    assertThat(provider.discovery().refresh()).isEqualTo(Duration.ofMinutes(10));
    assertThat(provider.timeouts().connect()).isEqualTo(Duration.ofMillis(500));
    assertThat(provider.timeouts().token()).isEqualTo(Duration.ofSeconds(5));
    assertThat(provider.timeouts().jwks()).isEqualTo(Duration.ofSeconds(2));
    assertThat(provider.logout().rpInitiated()).isTrue();
    assertThat(config.session().store().maxLoads()).isEqualTo(256);
    StoreConfig.RedisConfig redis = config.session().store().redis();
    assertThat(redis.connectionURL()).hasToString("redis://127.0.0.1:6379/0");
    assertThat(redis.username()).isEmpty();
    assertThat(redis.password().isEmpty()).isTrue();
    assertThat(redis.keyPrefix()).isEqualTo("limen:");
    assertThat(redis.timeouts().connect()).isEqualTo(Duration.ofMillis(300));
    assertThat(redis.timeouts().command()).isEqualTo(Duration.ofMillis(100));
    assertThat(redis.onEvictionPolicy()).isEqualTo(StoreConfig.OnEvictionPolicy.WARN);
  }

  @Nested
  class TheFile {
    @Test
    void anUnknownKeyStopsTheStartWithLineAndSuggestion() {
      assertThatThrownBy(() -> load(LEAST + "session:\n  idelTimeout: 5m\n"))
          .isInstanceOf(ConfigException.class)
          .hasMessage("session.idelTimeout (line 9): found an unknown key, expected idleTimeout?");
    }

    @Test
    void anUnknownKeyFarFromAllOthersNamesThemAll() {
      assertThatThrownBy(() -> load(LEAST + "web:\n  zzzzzz: 1\n"))
          .hasMessage("web.zzzzzz (line 9): found an unknown key, expected one of proxyPrefix");
    }

    @Test
    void anUnknownKeyInsideAListIsFoundToo() {
      assertThatThrownBy(() -> load(LEAST + "routes:\n  - {match: {paths: /a}, mode: public}\n"))
          .hasMessage("routes[0].match.paths (line 9): found an unknown key, expected path?");
    }

    @Test
    void aKeyThatStandsTwiceStopsTheStart() {
      assertThatThrownBy(() -> load(LEAST + "version: 1\n")).hasMessageContaining("each key once");
    }

    @Test
    void aMissingRequiredKeyIsNamed() {
      assertThatThrownBy(() -> load(LEAST.replace("clientID: limen", "scope: openid")))
          .hasMessage(
              "providers[0].clientID: found nothing, expected This relying party's name there");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            session: {idleTimeout: 90}          | session.idleTimeout (line 8)   | 90
            session: {idleTimeout: 2 hours}     | session.idleTimeout (line 8)   | 2 hours
            session: {idleTimeout: -5m}         | session.idleTimeout (line 8)   | -5m
            session: {store: {type: cookie}}    | session.store.type (line 8)    | cookie
            logging: {level: loud}              | logging.level (line 8)         | loud
            cookie: {secure: perhaps}           | cookie.secure (line 8)         | perhaps
            """)
    void aValueThatCannotBeReadIsNamedWithItsLine(String line, String key, String found) {
      assertThatThrownBy(() -> load(LEAST + line + "\n"))
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith(key + ": found " + found + ", expected ");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            session: {idleTimeout: 999ms}                   | session.idleTimeout
            session: {idleTimeout: 13h}                     | session.idleTimeout
            session: {absoluteTimeout: 31d}                 | session.absoluteTimeout
            server: {extAuthz: {deadline: 49ms}}            | server.extAuthz.deadline
            server: {extAuthz: {deadline: 61s}}             | server.extAuthz.deadline
            server: {extAuthz: {maxPending: 0}}             | server.extAuthz.maxPending
            server: {extAuthz: {maxPending: 1000001}}       | server.extAuthz.maxPending
            server: {extAuthz: {grpc: {maxConnections: 0}}} | server.extAuthz.grpc.maxConnections
            server: {extAuthz: {http: {maxConnections: 0}}} | server.extAuthz.http.maxConnections
            server: {extAuthz: {grpc: {idleTimeout: 59s}}}  | server.extAuthz.grpc.idleTimeout
            server: {extAuthz: {http: {idleTimeout: 25h}}}  | server.extAuthz.http.idleTimeout
            management: {maxConnections: 0}                 | management.maxConnections
            server: {extAuthz: {http: {pathPrefix: check}}} | server.extAuthz.http.pathPrefix
            server: {extAuthz: {http: {pathPrefix: /c/}}}   | server.extAuthz.http.pathPrefix
            cookie: {flow: {maxFlows: 33}}                  | cookie.flow.maxFlows
            cookie: {flow: {maxFlows: 0}}                   | cookie.flow.maxFlows
            cookie: {secure: false}                         | cookie.name
            session: {store: {type: redis}}                 | cookie.secrets
            session: {store: {maxLoads: 0}}                 | session.store.maxLoads
            session: {store: {maxLoads: 4097}}              | session.store.maxLoads
            defaults: {provider: other}                     | defaults.provider
            """)
    void aValueOutsideItsBoundsIsNamed(String line, String key) {
      assertThatThrownBy(() -> load(LEAST + line + "\n"))
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith(key)
          .hasMessageContaining(": found ");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            session: {idleTimeout: 1s}
            session: {idleTimeout: 12h}
            session: {absoluteTimeout: 30d}
            session: {store: {maxLoads: 1}}
            session: {store: {maxLoads: 4096}}
            server: {extAuthz: {deadline: 50ms}}
            server: {extAuthz: {deadline: 60s}}
            server: {extAuthz: {maxPending: 1}}
            server: {extAuthz: {maxPending: 1000000}}
            server: {extAuthz: {grpc: {maxConnections: 1}}}
            server: {extAuthz: {http: {maxConnections: 1000000}}}
            server: {extAuthz: {grpc: {idleTimeout: 1m}}}
            server: {extAuthz: {http: {idleTimeout: 24h}}}
            server: {extAuthz: {http: {maxConnectionsPerSource: 10000}}}
            management: {maxConnections: 1}
            cookie: {flow: {maxFlows: 32}}
            cookie: {flow: {maxFlows: 1}}
            cookie: {secure: false, name: limen}
            """)
    void aValueAtItsBoundIsTaken(String line) {
      assertThat(load(LEAST + line + "\n").version()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http"})
    void noSourceHasMoreConnectionsThanAll(String door) {
      String key = "maxConnectionsPerSource";
      for (int count : new int[] {-1, 10_001}) {
        String line = "server: {extAuthz: {%s: {%s: %d}}}".formatted(door, key, count);
        assertThatThrownBy(() -> load(LEAST + line + "\n"))
            .isInstanceOf(ConfigException.class)
            .hasMessageStartingWith("server.extAuthz." + door + "." + key + " (line 8): found ");
      }
    }

    @Test
    @DisplayName("plain http is for loopback only")
    void anIssuerOnPlainHttpMustBeOnLoopback() {
      assertThatThrownBy(() -> load(LEAST.replace("https://idp", "http://idp")))
          .hasMessageContaining("https, since plain http is for loopback only");
      assertThat(load(LEAST.replace("https://idp.example.com", "http://127.0.0.1:8080")).version())
          .isEqualTo(1);
    }

    @Test
    void aFileWithoutKeysIsRefused() {
      assertThatThrownBy(() -> load("")).hasMessageContaining("a file that begins with version: 1");
      assertThatThrownBy(() -> load("- a\n")).hasMessageContaining("version: 1");
      assertThatThrownBy(() -> load("a: [\n")).hasMessageContaining("well-formed YAML");
    }
  }

  @Nested
  class Secrets {
    @TempDir private Path folder;

    @Test
    void aSecretComesByValueFromAFileOrFromTheEnvironment() throws IOException {
      Path file = Files.writeString(folder.resolve("secret"), "in-a-file\n");
      assertThat(secretOf(load(LEAST))).isEqualTo("not-to-be-seen");
      String fromFile = LEAST.replace("value: not-to-be-seen", "fromFile: " + file);
      assertThat(secretOf(load(fromFile))).isEqualTo("in-a-file");
      String fromEnv = LEAST.replace("value: not-to-be-seen", "fromEnv: MY_SECRET");
      assertThat(secretOf(load(fromEnv, Map.of("MY_SECRET", "in-the-environment"))))
          .isEqualTo("in-the-environment");
    }

    @Test
    void aSecretFromNowhereNamesTheSourceAndNotAValue() {
      String fromEnv = LEAST.replace("value: not-to-be-seen", "fromEnv: MY_SECRET");
      assertThatThrownBy(() -> load(fromEnv))
          .hasMessage(
              "providers[0].clientSecret.fromEnv (line 5): found MY_SECRET, expected an environment"
                  + " variable that is set");
    }

    @Test
    void aSecretGivenTwiceOrPlainlyIsRefusedWithoutBeingShown() {
      String twice = LEAST.replace("{value: ", "{fromEnv: A, value: ");
      String plain = LEAST.replace("{value: not-to-be-seen}", "not-to-be-seen");
      assertThatThrownBy(() -> load(twice))
          .hasMessageContaining("one of")
          .hasMessageNotContaining("not-to-be-seen");
      assertThatThrownBy(() -> load(plain))
          .hasMessageContaining("one of")
          .hasMessageNotContaining("not-to-be-seen");
    }

    @Test
    void noSecretIsShownByToString() {
      assertThat(load(LEAST).toString()).doesNotContain("not-to-be-seen");
    }

    @Test
    void aRingKeyHoldsItsSourceBesideItsId() {
      LimenConfig config =
          load(
              LEAST + "cookie: {secrets: [{id: k2, value: abc}, {id: k1, fromEnv: OLD}]}\n",
              Map.of("OLD", "def"));
      assertThat(config.cookie().secrets()).extracting(key -> key.id()).containsExactly("k2", "k1");
      assertThat(config.cookie().secrets())
          .extracting(key -> key.key().reveal())
          .containsExactly("abc", "def");
    }

    private static String secretOf(LimenConfig config) {
      return config.provider("main").clientSecret().reveal();
    }
  }

  @Nested
  class TheEnvironment {
    @Test
    void aVariableOverridesTheFile() {
      LimenConfig config =
          load(
              LEAST,
              Map.of(
                  "LIMEN_SERVER_EXT_AUTHZ_GRPC_BIND_ADDRESS", "127.0.0.1:19191",
                  "LIMEN_PROVIDERS_0_CLIENT_ID", "other",
                  "LIMEN_PROVIDERS_0_CLIENT_SECRET", "replaced",
                  "LIMEN_PROVIDERS_0_OIDC_CONFIG_BACKCHANNEL_BASE_URL", "http://127.0.0.1:8180",
                  "LIMEN_REDIRECTS_WHITELIST_DOMAINS", "[a.example.com, .b.example.com]",
                  "LIMEN_SESSION_IDLE_TIMEOUT", "5m"));
      assertThat(config.server().extAuthz().grpc().bindAddress().port()).isEqualTo(19191);
      assertThat(config.provider("main").clientID()).isEqualTo("other");
      assertThat(config.provider("main").clientSecret().reveal()).isEqualTo("replaced");
      assertThat(config.provider("main").oidcConfig().backchannelBaseURL())
          .hasToString("http://127.0.0.1:8180");
      assertThat(config.redirects().whitelistDomains())
          .containsExactly("a.example.com", ".b.example.com");
      assertThat(config.session().idleTimeout()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void aVariableCanAddTheFirstRingKey() {
      LimenConfig config =
          load(
              LEAST,
              Map.of("LIMEN_COOKIE_SECRETS_0_ID", "k1", "LIMEN_COOKIE_SECRETS_0_VALUE", "abc"));
      assertThat(config.cookie().secrets()).hasSize(1);
    }

    @Test
    void aVariableThatNamesNoKeyIsAWarning() {
      ConfigLoader loader = new ConfigLoader(Map.of("LIMEN_SESSION_IDEL_TIMEOUT", "5m"));
      assertThat(loader.parse(LEAST).version()).isEqualTo(1);
      assertThat(loader.warnings())
          .contains("environment variable LIMEN_SESSION_IDEL_TIMEOUT names no configuration key");
    }

    @Test
    void whatKubernetesPutsThereForAServiceNamedLimenIsNoWarning() {
      ConfigLoader loader =
          new ConfigLoader(
              Map.of(
                  "LIMEN_SERVICE_HOST", "10.0.0.1",
                  "LIMEN_SERVICE_PORT_GRPC", "9191",
                  "LIMEN_PORT", "tcp://10.0.0.1:9191",
                  "LIMEN_PORT_9191_TCP_ADDR", "10.0.0.1"));
      assertThat(loader.parse(LEAST).version()).isEqualTo(1);
      assertThat(loader.warnings()).noneMatch(warning -> warning.contains("environment"));
    }
  }

  @Test
  void memoryAndInsecureCookiesAreWarnings() {
    ConfigLoader loader = new ConfigLoader(Map.of());
    assertThat(loader.parse(LEAST + "cookie: {secure: false, name: limen}\n").version())
        .isEqualTo(1);
    assertThat(loader.warnings())
        .anyMatch(warning -> warning.startsWith("session.store.type is memory"))
        .anyMatch(warning -> warning.startsWith("cookie.secure is false"));
  }
}
