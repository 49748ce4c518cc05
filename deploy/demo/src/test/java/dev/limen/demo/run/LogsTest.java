package dev.limen.demo.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Envoy's access log and Keycloak's log, read as they are written. */
final class LogsTest {
  private static final String LINE =
      """
      {"authority":"localhost:8080","bytes_received":0,"cluster":"orders",\
      "details":"ext_authz_denied","duration_ms":3,"flags":"UAEX","method":"GET",\
      "path":"/orders","request_id":"id-1","status":302,"time":"2026-11-23T10:00:00.000Z",\
      "user":null}\
      """;

  @Test
  void aRequestIsFoundByItsId() {
    AccessLog log = new AccessLog(_ -> {});
    log.accept("not a line of the log");
    log.accept("{not json");
    log.accept(LINE);
    AccessLog.Line line = Objects.requireNonNull(log.await("id-1", Duration.ofSeconds(1)));
    assertThat(line.status()).isEqualTo(302);
    assertThat(line.user()).isEqualTo("-");
    assertThat(log.lines()).hasSize(1);
    assertThat(log.contains("ext_authz_denied")).isTrue();
    assertThat(log.await("id-2", Duration.ZERO)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil,-", "-,evil", "evil,evil"})
  void keycloaksLinesBecomeEntries(String planted) {
    KeycloakLog log = new KeycloakLog();
    log.accept(
        "2026 INFO  [org.keycloak.http.access-log] (x) ACCESS GET"
            + " /realms/limen/protocol/openid-connect/auth 200 host=127.0.0.1:8080"
            + " forwarded=127.0.0.1 planted="
            + planted);
    log.accept(
        "2026 INFO  [org.keycloak.http.access-log] (x) ACCESS POST"
            + " /realms/limen/protocol/openid-connect/token 200 host=- forwarded=- planted=-,-");
    log.accept("2026 INFO  [org.keycloak.events] (x) type=\"CODE_TO_TOKEN\", clientId=\"limen\"");
    log.accept("2026 WARN  [org.keycloak.events] (x) type=\"CODE_TO_TOKEN_ERROR\", error=\"x\"");
    log.accept("2026 INFO  [org.keycloak.services] (x) type=\"LOGIN\" said by somebody else");
    assertThat(log.entries().stream().map(ProviderLog.Entry::kind))
        .containsExactly(
            ProviderLog.Kind.AUTHORIZE,
            ProviderLog.Kind.TOKEN_REQUEST,
            ProviderLog.Kind.CODE_TO_TOKEN,
            ProviderLog.Kind.OTHER);
    List<ProviderLog.Entry> entries = log.entries();
    assertThat(entries.get(0).planted()).isTrue();
    assertThat(entries.get(0).host()).isEqualTo("127.0.0.1:8080");
    assertThat(entries.get(1).planted()).isFalse();
    assertThat(entries.get(1).host()).isEqualTo("127.0.0.1:8180");
  }
}
