package dev.limen.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.run.AccessLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people see of a request. */
final class RequestLineTest {
  // spotless:off
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "302 | ext_authz_denied                 | orders     | Limen: sign in first",
      "401 | ext_authz_denied                 | orders     | Limen: refused",
      "503 | ext_authz_error                  | orders     | Limen did not answer",
      "403 | rbac_access_denied_matched[none] | orders     | without the role app-user",
      "401 | jwt_authn_access_denied{expired} | orders     | the access token does not verify",
      "200 | via_upstream                     | reports    | Limen: allowed, to reports",
      "200 | via_upstream                     | provider   | provider, unchecked",
      "302 | via_upstream                     | limen-http | 'Limen''s own endpoint'",
      "404 | route_not_found                  | -          | Envoy: route_not_found"
  })
  // spotless:on
  void aLineSaysWhoDecided(int status, String details, String cluster, String decision) {
    assertThat(RequestLine.of(line("/orders", status, details, cluster)))
        .startsWith("10:20:30.456  nobody")
        .contains(status + "  ")
        .contains(decision);
  }

  @Test
  void theProvidersStyleSheetsAreNoise() {
    assertThat(RequestLine.of(line("/resources/x.css", 200, "via_upstream", "provider"))).isNull();
  }

  private static AccessLog.Line line(String path, int status, String details, String cluster) {
    return new AccessLog.Line(
        "2026-11-23T10:20:30.456Z",
        "GET",
        "localhost:8080",
        path,
        status,
        details,
        cluster,
        "id",
        "-",
        AccessLog.Said.NOTHING);
  }
}
