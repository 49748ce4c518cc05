package dev.limen.e2e;

import dev.limen.demo.run.Envoy;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Stage;
import dev.limen.demo.run.Variation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The shipped gateway file in front of a Limen that has routes in all modes.
 *
 * <p>Invariant: of the shipped files only lines are added: routes and a profile to Limen's; to
 * Envoy's a route for preflights and what the profile needs; to the realm's two users.
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
      """;
  private final Path root;
  final Stage stage;
  final Envoy envoy;

  private Boundaries(Path root, Stage stage, Envoy envoy) {
    this.root = root;
    this.stage = stage;
    this.envoy = envoy;
  }

  static Boundaries open(Mode mode) throws IOException {
    Path root = Layout.newRunFolder();
    try {
      return open(root, mode);
    } catch (IOException | RuntimeException failed) {
      remove(root);
      throw failed;
    }
  }

  private static Boundaries open(Path root, Mode mode) throws IOException {
    Layout shipped = Layout.find();
    Files.createDirectories(root.resolve("deploy/limen"));
    Files.createDirectories(root.resolve("deploy/keycloak"));
    for (String same : new String[] {"dataplane", "deploy/envoy"}) {
      Files.createSymbolicLink(root.resolve(same), shipped.root().resolve(same));
    }
    Layout layout = new Layout(root, shipped.cache());
    String limen = Files.readString(shipped.limenConfig());
    Files.writeString(layout.limenConfig(), replaced(limen, "routes:\n", ROUTES) + MORE);
    Files.writeString(layout.realm(), realm(Files.readString(shipped.realm())));
    Stage.Options options = Stage.Options.DEMO.with(Variation.ofEnvoy(Boundaries::gateway));
    Stage stage = Stage.open(layout, options, _ -> {});
    try {
      return new Boundaries(root, stage, stage.openGateway(mode, _ -> {}));
    } catch (RuntimeException failed) {
      stage.close();
      throw failed;
    }
  }

  private static String gateway(String shipped) {
    String reports = "              - match: {path_separated_prefix: /reports}\n";
    String early = "              - remove_on_match: {key_matcher: {prefix: x-auth-request-, ";
    String user = "                    - {exact: x-auth-request-user, ignore_case: true}\n";
    String text = replaced(shipped, reports, preflights(shipped, reports) + reports);
    text =
        replaced(
            text,
            early,
            early.replace("x-auth-request-", "x-report-") + "ignore_case: true}}\n" + early);
    return text.replace(user, user + user.replace("x-auth-request-user", "x-report-user"));
  }

  /** As the shipped route for what is public: no token, no role, and Limen is asked. */
  private static String preflights(String shipped, String next) {
    int start = shipped.indexOf("              - match: {prefix: /public/,");
    String open = shipped.substring(start, shipped.indexOf(next));
    return replaced(replaced(open, "/public/", "/api/"), "exact: GET", "exact: OPTIONS");
  }

  /** Two more: one whose groups no header can hold as they are, one with more than a header may. */
  private static String realm(String shipped) {
    String groups = "[\"/Zoë, ops\", \"/a\\r\\nx-injected: 1\", \"/\\u007f\"]";
    String crowd = "[\"/" + "g".repeat(20 << 10) + "\"]";
    return replaced(
        shipped, "\"users\": [", "\"users\": [" + user("zoe", groups) + user("crowd", crowd));
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

  private static String replaced(String text, String from, String to) {
    if (!text.contains(from)) {
      throw new IllegalStateException("the shipped file holds no such text: " + from);
    }
    return text.replace(from, to);
  }

  @Override
  public void close() throws IOException {
    stage.close();
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
