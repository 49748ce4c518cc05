package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a new configuration changes at once, and what it changes at the next start. */
class RestartOnlyTest {
  private static final String RUNNING =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: {value: not-to-be-seen}
          oidcConfig: {issuerURL: "https://idp.example.com/realms/a"}
      redirects: {whitelistDomains: [shop.example.com]}
      """;

  private static LimenConfig load(String yaml) {
    return new ConfigLoader(Map.of()).parse(yaml);
  }

  private static RestartOnly.Effective to(String more) {
    return RestartOnly.of(load(RUNNING), load(RUNNING + more));
  }

  @Test
  void theSameConfigurationReadTwiceIsTheSame() {
    assertThat(load(RUNNING)).isEqualTo(load(RUNNING));
    assertThat(load(RUNNING)).isNotEqualTo(load(RUNNING.replace("not-to-be-seen", "other")));
  }

  @Test
  void routesProvidersCookiesAndLifetimesChangeAtOnce() {
    RestartOnly.Effective effective =
        to(
            """
            session: {idleTimeout: 5m}
            cookie: {name: other}
            routes: [{match: {path: /a}, mode: public}]
            """);
    assertThat(effective.waiting()).isEmpty();
    assertThat(effective.config().session().idleTimeout()).hasMinutes(5);
    assertThat(effective.config().cookie().name()).isEqualTo("other");
    assertThat(effective.config().routes()).hasSize(1);
  }

  @Test
  void listenersStoreAndLogKeepTheirValuesAndAreNamed() {
    RestartOnly.Effective effective =
        to(
            """
            server: {extAuthz: {grpc: {bindAddress: "127.0.0.1:1"}, deadline: 3s}}
            web: {proxyPrefix: /login}
            session: {idleTimeout: 5m, store: {redis: {keyPrefix: "other:", password: {value: x}}}}
            logging: {level: debug}
            """);
    assertThat(effective.waiting())
        .containsExactly(
            "server.extAuthz.grpc.bindAddress",
            "server.extAuthz.deadline",
            "web.proxyPrefix",
            "session.store.redis.password",
            "session.store.redis.keyPrefix",
            "logging.level");
    LimenConfig running = load(RUNNING);
    assertThat(effective.config().server()).isEqualTo(running.server());
    assertThat(effective.config().session().store()).isEqualTo(running.session().store());
    assertThat(effective.config().session().idleTimeout()).hasMinutes(5);
  }

  @Test
  void whatDoesNotGoTogetherWithoutARestartIsRefused() {
    String redis =
        RUNNING
            + "session: {store: {type: redis}}\n"
            + "cookie: {secrets: [{id: k1, value: c2VjcmV0}]}\n";
    assertThatThrownBy(() -> RestartOnly.of(load(redis), load(RUNNING)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cookie.secrets");
  }
}
