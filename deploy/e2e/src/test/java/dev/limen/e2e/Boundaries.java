package dev.limen.e2e;

import dev.limen.demo.run.Envoy;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Stage;
import dev.limen.demo.run.Variation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;

/**
 * The shipped gateway file in front of a Limen that has routes in all modes.
 *
 * <p>Invariant: of the shipped files only lines are added: routes and a profile to Limen's; to
 * Envoy's some routes, what the profile needs, and more {@linkplain Door doors}; to the realm's two
 * users some more. Only what is waited for is longer, for busy machines.
 */
final class Boundaries implements AutoCloseable {
  private static final String ROUTES =
      """
      routes:
        - name: optional
          match: { hosts: [localhost], path: /public/optional/*, methods: [GET] }
          mode: optional
        - { name: api, match: { path: /api/* }, mode: bearer, preflight: pass }
        - name: api-ops
          match: { path: /api/ops/* }
          mode: bearer
          require: { realmRole: ops }
        - { name: either, match: { path: /either/* }, mode: either }
        - { name: ops, match: { path: /ops/* }, mode: login, require: { realmRole: ops } }
        - { name: closed, match: { path: /closed/* }, mode: deny }
        - { name: reports, match: { path: /reports/* }, mode: login, headers: reports }
        - name: status
          match: { hosts: [localhost], path: /v1/*/status, methods: [GET] }
          mode: public
        - { name: secret, match: { hosts: [secret.example.com] }, mode: deny }
      """;
  private static final String MORE =
      """

      headerProfiles:
        - id: reports
          headers:
            - { name: X-Auth-Request-Access-Token, claim: access_token }
            - { name: X-Report-User, claim: preferred_username, encoding: percent }
            - { name: X-Report-Groups, claim: groups, join: ";" }
      bearer:
        issuers:
          - issuer: http://127.0.0.1:8080/realms/limen
            audiences: [limen]
          - issuer: http://127.0.0.1:1/realms/away
            audiences: [limen]
      """;

  /** Where Envoy has Limen see what a client sends, a part of it or all, up to a limit. */
  private static final String BODIES =
      bodies("/bodies/", "{max_request_bytes: 2048, allow_partial_message: true}")
          + bodies("/whole-bodies/", "{max_request_bytes: 2048}")
          + bodies("/large-bodies/", "{max_request_bytes: 1048576}");

  private static final String COOKIE_ROUTE =
      "              - match: {prefix: /cookies/}\n                route: {cluster: cookies}\n";

  private final Path root;
  private final OwnCookiesService cookies;
  final Stage stage;
  final Envoy envoy;

  private Boundaries(Path root, Stage stage, Envoy envoy, OwnCookiesService cookies) {
    this.root = root;
    this.cookies = cookies;
    this.stage = stage;
    this.envoy = envoy;
  }

  static Boundaries open(Mode mode, Release release) throws IOException {
    Path root = Layout.newRunFolder();
    try {
      return open(root, mode, release);
    } catch (IOException | RuntimeException failed) {
      remove(root);
      throw failed;
    }
  }

  private static Boundaries open(Path root, Mode mode, Release release) throws IOException {
    Layout shipped = Layout.find();
    Path binary = release.binary();
    Files.createDirectories(root.resolve("deploy/limen"));
    Files.createDirectories(root.resolve("deploy/keycloak"));
    for (String same : new String[] {"dataplane", "deploy/envoy"}) {
      Files.createSymbolicLink(root.resolve(same), shipped.root().resolve(same));
    }
    Layout layout = new Layout(root, shipped.cache());
    String limen = Files.readString(shipped.limenConfig());
    limen = replaced(limen, "deadline: 2s", "deadline: 15s");
    Files.writeString(layout.limenConfig(), replaced(limen, "routes:\n", ROUTES) + MORE);
    Files.writeString(layout.realm(), realm(Files.readString(shipped.realm())));
    OwnCookiesService cookies = new OwnCookiesService();
    Variation varied =
        Variation.ofEnvoy(text -> Door.addedTo(gateway(text), release) + cluster(cookies), binary);
    Stage stage = Stage.open(layout, Stage.Options.DEMO.with(varied), _ -> {});
    try {
      return new Boundaries(root, stage, stage.openGateway(mode, _ -> {}), cookies);
    } catch (RuntimeException failed) {
      stage.close();
      cookies.close();
      throw failed;
    }
  }

  private static String gateway(String shipped) {
    String reports = "              - match: {path_separated_prefix: /reports}\n";
    String more =
        opened(shipped, reports, "/api/", "OPTIONS")
            + opened(shipped, reports, "/v1/", "GET")
            + COOKIE_ROUTE
            + BODIES;
    String early = "              - remove_on_match: {key_matcher: {prefix: x-auth-request-, ";
    String user = "                    - {exact: x-auth-request-user, ignore_case: true}\n";
    String text = replaced(shipped, reports, more + reports);
    text =
        replaced(
            text,
            early,
            early.replace("x-auth-request-", "x-report-") + "ignore_case: true}}\n" + early);
    // On a busy machine two hundred at once take longer than a person should wait.
    text =
        replaced(
            text.replace("timeout: 2s", "timeout: 20s"), "max_interval: 2s", "max_interval: 20s");
    text = text.replace(user, user + user.replace("x-auth-request-user", "x-report-user"));
    return replaced(text, "cache_duration: 300s", "cache_duration: 6s");
  }

  private static String bodies(String prefix, String limits) {
    String type = "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute";
    return """
                  - match: {prefix: %s}
                    route: {cluster: orders}
                    typed_per_filter_config:
                      envoy.filters.http.ext_authz:
                        "@type": %s
                        check_settings: {with_request_body: %s}
    """
        .formatted(prefix, type, limits);
  }

  /** As the shipped route for what is public: no token, no role, and Limen is asked. */
  private static String opened(String shipped, String next, String prefix, String method) {
    int start = shipped.indexOf("              - match: {prefix: /public/,");
    String open = shipped.substring(start, shipped.indexOf(next));
    return replaced(replaced(open, "/public/", prefix), "exact: GET", "exact: " + method);
  }

  /** Some more, each with an account that no header can hold as it is, or that has little. */
  private static String realm(String shipped) {
    String groups = "[\"/Zoë, ops\", \"/a\\r\\nx-injected: 1\", \"/\\u007f\"]";
    String users =
        user("zoe", groups)
            + user("crowd", many(1_500))
            + user("throng", many(5_000))
            + user("pair", "[\"/users,admins\", \"/staff\"]")
            + user("plain", "[]")
            + user("torn", "[]").replace("torn@example.com", "a\\r\\nX-Auth-Request-Groups: admin");
    return replaced(shipped, "\"users\": [", "\"users\": [" + users);
  }

  /** Groups of 12 characters each. */
  private static String many(int count) {
    StringJoiner groups = new StringJoiner("\", \"/", "[\"/", "\"]");
    for (int i = 0; i < count; i++) {
      groups.add("group-%06d".formatted(i));
    }
    return groups.toString();
  }

  private static String user(String name, String groups) {
    return """
    {"username": "NAME", "email": "NAME@example.com", "firstName": "Z", "lastName": "Z",
     "enabled": true, "emailVerified": true, "groups": GROUPS,
     "credentials": [{"type": "password", "value": "NAME", "temporary": false}],
     "realmRoles": ["default-roles-limen", "app-user"]},
    """
        .replace("NAME", name)
        .replace("GROUPS", groups);
  }

  private static String cluster(OwnCookiesService cookies) {
    return """
      - name: cookies
        type: STATIC
        connect_timeout: 1s
        load_assignment:
          cluster_name: cookies
          endpoints:
          - lb_endpoints:
            - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
    """
        .formatted(cookies.port());
  }

  static String replaced(String text, String from, String to) {
    if (!text.contains(from)) {
      throw new IllegalStateException("the shipped file holds no such text: " + from);
    }
    return text.replace(from, to);
  }

  @Override
  public void close() throws IOException {
    stage.close();
    cookies.close();
    stage.forgetLogs();
    remove(root);
  }

  private static void remove(Path root) throws IOException {
    for (String each :
        new String[] {
          "deploy/limen/limen.yaml",
          "deploy/limen",
          "deploy/keycloak/limen-realm.json",
          "deploy/keycloak",
          "deploy/envoy",
          "deploy",
          "dataplane",
          ""
        }) {
      Files.deleteIfExists(root.resolve(each));
    }
  }
}
