package dev.limen.demo.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must be true of {@code deploy/envoy} before anything is started. */
final class ShippedGatewayFilesTest {
  private static final List<String> MANAGED =
      List.of(
          "authorization",
          "cookie",
          "x-auth-request-access-token",
          "x-auth-request-user",
          "x-auth-request-email",
          "x-auth-request-groups",
          "x-auth-request-preferred-username");

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Mode.class)
  void envoyAcceptsTheFile(Mode mode) throws Exception {
    Envoys.accepts(file(mode), folder);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void envoyAcceptsTheFileServedOverHttps(Mode mode) throws Exception {
    Envoys.accepts(TlsEdge.make(folder).derive(file(mode)), folder);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void httpsChangesOnlyWhatIsPublic(Mode mode) throws IOException {
    List<String> shipped = file(mode).lines().toList();
    List<String> derived = TlsEdge.make(folder).derive(file(mode)).lines().toList();
    List<String> gone = shipped.stream().filter(line -> !derived.contains(line)).toList();
    assertThat(gone)
        .allMatch(line -> line.contains("8080") || line.equals("    - filters:"))
        .hasSizeBetween(4, 6);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void theAccessLogHoldsNeitherQueryNorCookieNorToken(Mode mode) throws IOException {
    String format = between(file(mode), "json_format:", "route_config:");
    assertThat(format)
        .contains("%PATH(NQ:PATH)%")
        .doesNotContainIgnoringCase("REQ(:PATH)")
        .doesNotContainIgnoringCase("COOKIE")
        .doesNotContainIgnoringCase("AUTHORIZATION")
        .doesNotContainIgnoringCase("ACCESS-TOKEN")
        .doesNotContainIgnoringCase("REFERER")
        .doesNotContainIgnoringCase("LOCATION");
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void theGatewayFailsClosedAndSaysThatItIsAnOutage(Mode mode) throws IOException {
    assertThat(file(mode))
        .contains("failure_mode_allow: false")
        .contains("status_on_error: {code: ServiceUnavailable}")
        .contains("validate_mutations: true")
        .contains("headers_with_underscores_action: REJECT_REQUEST")
        .doesNotContain("with_request_body");
  }

  @Test
  void bothFilesAreTheSameButForTheDialect() throws IOException {
    String grpc = file(Mode.GRPC);
    // Metadata that came in headers keeps their names.
    String http = file(Mode.HTTP).replace("ext_authz:x-limen-", "ext_authz:");
    assertThat(between(grpc, "\nadmin:", "# 1. Limen"))
        .isEqualTo(between(http, "\nadmin:", "# 1. Limen"));
    assertThat(between(grpc, "# 2. The access", "  clusters:"))
        .isEqualTo(between(http, "# 2. The access", "  clusters:"));
    assertThat(from(grpc, "  - name: limen-http\n"))
        .isEqualTo(from(http, "  - name: limen-http\n"));
  }

  @Test
  void theHttpDialectCarriesWhatLimenReadsAndSets() throws IOException {
    String http = file(Mode.HTTP);
    String toLimen = between(http, "allowed_headers:", "http_service:");
    String toService = between(http, "allowed_upstream_headers:", "allowed_client_headers:");
    assertThat(toLimen).contains("exact: cookie,").contains("exact: sec-fetch-mode,");
    for (String header : MANAGED) {
      assertThat(toService).contains("{exact: " + header + ",");
    }
    String toBrowser =
        between(http, "allowed_client_headers:", "allowed_client_headers_on_success:");
    for (String header : List.of("location", "set-cookie", "cache-control", "retry-after")) {
      assertThat(toBrowser).contains("{exact: " + header + ",");
    }
  }

  /** What the log may know neither the service nor the browser may. */
  @Test
  void whatLimenSaysForTheLogIsOnNoListOfHeaders() throws IOException {
    String http = file(Mode.HTTP);
    assertThat(
            between(http, "dynamic_metadata_from_headers:", "allowed_client_headers_on_success:"))
        .contains("{prefix: x-limen-,");
    assertThat(between(http, "allowed_upstream_headers:", "# Into the access log"))
        .doesNotContain("x-limen-");
    assertThat(between(http, "allowed_client_headers_on_success:", "# 2. The access"))
        .doesNotContain("x-limen-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"deploy/istio/limen.yaml", "README.md"})
  void theIstioSnippetNamesTheSameHeaders(String where) throws IOException {
    String istio = Files.readString(Layout.find().root().resolve(where));
    List<String> toService = flowList(istio, "headersToUpstreamOnAllow:");
    assertThat(toService).containsExactlyInAnyOrderElementsOf(MANAGED);
    assertThat(flowList(istio, "includeRequestHeadersInCheck:"))
        .containsExactlyInAnyOrderElementsOf(
            exacts(between(file(Mode.HTTP), "allowed_headers:", "http_service:")));
    assertThat(flowList(istio, "headersToDownstreamOnDeny:"))
        .containsExactlyInAnyOrderElementsOf(
            exacts(between(file(Mode.HTTP), "allowed_client_headers:", "# Into the access log")));
  }

  /** A policy's host is compared as the client sent it: with its port if it sent one. */
  @Test
  void anIstioPolicyMeansAHostWithAnyPort() throws IOException {
    int rules = 0;
    for (String document : istio().split("\n---\n")) {
      if (document.contains("kind: AuthorizationPolicy")) {
        List<String> lists = document.lines().filter(line -> line.contains("hosts: [")).toList();
        assertThat(lists).allMatch(line -> line.matches(".*hosts: \\[(\\S+), \"\\1:\\*\"].*"));
        rules += lists.size();
      }
    }
    assertThat(rules).isEqualTo(5);
  }

  /** Else a POST there would need no role, while Limen's route is public for GET alone. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void theRoleIsNotAskedForOnlyWherePublicMeansReading(Mode mode) throws IOException {
    assertThat(Files.readString(Layout.find().limenConfig()))
        .contains("path: /public/*, methods: [GET] }, mode: public }");
    assertThat(file(mode))
        .contains("{prefix: /public/, headers: [{name: \":method\", string_match: {exact: GET}}]}");
    assertThat(istio()).contains("paths: [\"/public/*\"], methods: [GET]");
  }

  private static String istio() throws IOException {
    return Files.readString(Layout.find().root().resolve("deploy/istio/limen.yaml"));
  }

  private static List<String> exacts(String yaml) {
    return yaml.lines()
        .filter(line -> line.contains("{exact: "))
        .map(line -> line.substring(line.indexOf("exact: ") + 7, line.indexOf(',')))
        .toList();
  }

  private static List<String> flowList(String yaml, String key) {
    return Arrays.stream(between(from(yaml, key), "[", "]").substring(1).split(","))
        .map(String::strip)
        .toList();
  }

  private static String file(Mode mode) throws IOException {
    return Files.readString(Layout.find().envoyConfig(mode));
  }

  private static String between(String text, String start, String end) {
    String rest = from(text, start);
    assertThat(rest).contains(end);
    return rest.substring(0, rest.indexOf(end));
  }

  private static String from(String text, String start) {
    assertThat(text).contains(start);
    return text.substring(text.indexOf(start));
  }
}
