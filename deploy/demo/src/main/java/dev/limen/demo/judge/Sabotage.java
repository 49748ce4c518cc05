package dev.limen.demo.judge;

import dev.limen.demo.run.Bytes;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Variation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A way to break a step, with the step at which the judge must stop: the judge is judged with
 * these.
 *
 * @param name as on the command line
 * @param stopsAt the number of the step
 * @param modes where it can be done at all
 */
public record Sabotage(String name, int stopsAt, Variation variation, List<Mode> modes) {

  private static final Pattern NONCE = Pattern.compile("nonce=([A-Za-z0-9_-]+)");
  private static final String ON_REQUEST = "envoy_on_request";
  private static final String ON_RESPONSE = "envoy_on_response";

  private Sabotage(String name, int stopsAt, Variation variation) {
    this(name, stopsAt, variation, List.of(Mode.values()));
  }

  /** All of them, in the order of steps. */
  public static List<Sabotage> all() {
    List<Sabotage> all = new ArrayList<>();
    all.addAll(ofTheGateway());
    all.addAll(ofTheLog());
    all.addAll(ofTheSignIn());
    all.addAll(ofTheProvider());
    all.addAll(ofTheSession());
    all.addAll(ofTheTokens());
    all.addAll(ofTheService());
    all.sort(Comparator.comparingInt(Sabotage::stopsAt));
    return List.copyOf(all);
  }

  /** The one with this name. */
  public static Sabotage named(String name) {
    return all().stream()
        .filter(each -> each.name.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "--break="
                    + name
                    + ", expected one of "
                    + all().stream().map(Sabotage::name).collect(Collectors.joining(", "))));
  }

  private static List<Sabotage> ofTheGateway() {
    return List.of(
        // The gateway sends bodies along with checks.
        new Sabotage(
            "body-forwarded",
            2,
            Variation.ofEnvoyText(
                "              validate_mutations: true\n",
                """
                              validate_mutations: true
                              with_request_body:
                                max_request_bytes: 8192
                                allow_partial_message: true
                """)),
        // The gateway writes no log of what it did.
        new Sabotage(
            "no-log", 1, Variation.ofEnvoyText("path: \"%PATH(NQ:PATH)%\"", "path: \"-\"")),
        // The gateway does not ask Limen at all.
        new Sabotage(
            "never-asked",
            2,
            Variation.ofEnvoyText(
                "              validate_mutations: true\n",
                """
                              validate_mutations: true
                              filter_enabled: {default_value: {numerator: 0, denominator: HUNDRED}}
                """)),
        // The provider's host goes to a service.
        new Sabotage(
            "provider-misrouted",
            6,
            Variation.ofEnvoyText(
                "route: {cluster: provider, timeout: 60s}",
                "route: {cluster: orders, timeout: 60s}")),
        // What the client says about itself passes where Limen is not asked.
        new Sabotage(
            "planted-header-kept",
            6,
            Variation.ofEnvoyText(
                "- remove_on_match: {key_matcher: {prefix: x-auth-request-, ignore_case: true}}",
                "- remove_on_match: {key_matcher: {prefix: x-nothing-, ignore_case: true}}")),
        // The same for the access token alone.
        new Sabotage(
            "planted-token-kept",
            6,
            Variation.ofEnvoyText("{prefix: x-auth-request-,", "{prefix: x-auth-request-u,")),
        // Limen is asked for its own endpoints.
        new Sabotage(
            "callback-checked",
            12,
            Variation.ofEnvoyText(
                """
                                request_headers_to_remove: [authorization]
                                typed_per_filter_config: *unchecked
                """,
                """
                                request_headers_to_remove: [authorization]
                """)));
  }

  /** The gateway's log leaves out one request: each step that is judged by it alone. */
  private static List<Sabotage> ofTheLog() {
    return List.of(
        new Sabotage("authorization-not-logged", 5, notLogged(":path", "openid-connect/auth?")),
        new Sabotage("login-not-logged", 8, notLogged(":method", "POST")),
        new Sabotage("callback-not-logged", 11, notLogged(":path", "/oauth2/callback")),
        new Sabotage("return-not-logged", 17, notLogged("cookie", "app=its-own")));
  }

  private static Variation notLogged(String header, String part) {
    return Variation.ofEnvoyText(
        "          - name: envoy.access_loggers.stdout\n",
        """
                  - name: envoy.access_loggers.stdout
                    filter:
                      header_filter:
                        header:
                          name: "%s"
                          string_match: {contains: "%s"}
                          invert_match: true
                          treat_missing_header_as_empty: true
        """
            .formatted(header, part));
  }

  private static List<Sabotage> ofTheSignIn() {
    return List.of(
        // A request of nobody leaves something in the store.
        new Sabotage("stored-for-nobody", 3, Variation.ofManagement(new GrowingGauge()::rewrite)),
        // The flow cookie can be read by scripts.
        new Sabotage("flow-cookie-open", 3, Variation.ofAnswers("HttpOnly", "HttpOnlx")),
        // What Limen sends cannot be read at all: a space in an address.
        new Sabotage(
            "unreadable-location",
            3,
            Variation.ofAnswers("response_type=code", "response type=code")),
        // Every sign-in has the same nonce.
        new Sabotage(
            "same-nonce", 4, new Variation(null, Map.of(), Sabotage::withOneNonce, null, null)),
        // The callback is somewhere else.
        new Sabotage("wrong-redirect", 4, Variation.ofAnswers("callback", "elsewher")),
        // The code challenge is sent in the clear.
        new Sabotage(
            "plain-challenge",
            4,
            Variation.ofAnswers("code_challenge_method=S256", "code_challenge_method=none")),
        // Limen redeems the code through the public address.
        new Sabotage(
            "no-backchannel",
            13,
            Variation.ofLimen(
                "LIMEN_PROVIDERS_0_OIDC_CONFIG_BACKCHANNEL_BASE_URL", "http://127.0.0.1:8080")),
        // The provider puts another nonce into the ID token.
        new Sabotage("wrong-nonce", 14, Variation.ofProviderFault("wrong-nonce")));
  }

  private static List<Sabotage> ofTheProvider() {
    return List.of(
        // The provider shows no form.
        new Sabotage("no-form", 7, Variation.ofProviderFault("http-500@authorize")),
        // The provider takes no password.
        new Sabotage("no-login", 9, Variation.ofProviderFault("http-500@login")),
        // The code comes back with another state.
        new Sabotage(
            "state-lost",
            10,
            lua(
                ON_RESPONSE,
                """
                local to = h:get("location")
                if to and string.find(to, "code=") then
                  h:replace("location", (string.gsub(to, "state=", "was=")))
                end
                """)),
        // The provider gives no tokens.
        new Sabotage("no-tokens", 14, Variation.ofProviderFault("http-500@token")),
        // The provider gives something that is no answer at all.
        new Sabotage("garbage-for-tokens", 14, Variation.ofProviderFault("garbage@token")));
  }

  private static List<Sabotage> ofTheSession() {
    return List.of(
        // No session is kept.
        new Sabotage("nothing-stored", 15, Variation.ofManagement(Sabotage::frozenGauge)),
        // The session cookie can be read by scripts.
        new Sabotage("cookie-not-http-only", 16, sessionCookie("HttpOnly", "HttpOnlx")),
        // The session cookie travels with other sites' requests.
        new Sabotage("cookie-not-lax", 16, sessionCookie("SameSite=Lax", "SameSite=Xxx")),
        // The session cookie may be sent in the clear: browsers refuse it with this prefix.
        new Sabotage("cookie-not-secure", 16, sessionCookie("Secure", "Sexure")),
        // The flow cookie stays.
        new Sabotage("flow-cookie-kept", 16, Variation.ofAnswers("Max-Age=0", "Max-Age=9")));
  }

  private static List<Sabotage> ofTheTokens() {
    return List.of(
        // Limen is not asked for those who have a certain cookie.
        new Sabotage(
            "not-asked-again",
            18,
            Variation.ofEnvoyText(
                "              - match: {path_separated_prefix: /orders}\n",
                """
                              - match:
                                  path_separated_prefix: /orders
                                  headers:
                                  - {name: cookie, string_match: {contains: app=its-own}}
                                route: {cluster: orders}
                                typed_per_filter_config: *unchecked
                              - match: {path_separated_prefix: /orders}
                """)),
        // The two tokens change places.
        new Sabotage(
            "tokens-swapped",
            19,
            lua(
                ON_REQUEST,
                """
                local id = h:get("authorization")
                local access = h:get("x-auth-request-access-token")
                if id and access then
                  h:replace("authorization", "Bearer " .. access)
                  h:replace("x-auth-request-access-token", string.sub(id, 8))
                end
                """)),
        // One token stands in both headers.
        new Sabotage(
            "one-token-twice",
            19,
            lua(
                ON_REQUEST,
                """
                local access = h:get("x-auth-request-access-token")
                if access then h:replace("authorization", "Bearer " .. access) end
                """)),
        // The gateway takes the token away from the service.
        new Sabotage(
            "token-taken-away", 19, Variation.ofEnvoyText("forward: true", "forward: false")));
  }

  private static List<Sabotage> ofTheService() {
    return List.of(
        // The role is not asked for.
        new Sabotage(
            "rbac-off",
            20,
            Variation.ofEnvoyText(
                "value: {list_match: {one_of: {string_match: {exact: app-user}}}}",
                "value: {list_match: {one_of: {string_match: {safe_regex: {regex: .*}}}}}")),
        // Both paths lead to one service.
        new Sabotage(
            "one-service",
            20,
            Variation.ofEnvoyText("route: {cluster: reports}", "route: {cluster: orders}")),
        // The gateway changes the body.
        new Sabotage(
            "body-changed",
            21,
            lua(
                ON_REQUEST,
                """
                if h:get(":method") == "POST" and h:get("x-auth-request-user") then
                  handle:body():setBytes("another body")
                end
                """)),
        // Limen's cookie reaches the service.
        new Sabotage(
            "cookie-kept",
            21,
            lua(
                ON_REQUEST,
                """
                local cookie = h:get("cookie")
                if cookie then h:replace("cookie", cookie .. "; __Host-limen=kept") end
                """)),
        // What Limen made of the cookies does not get through.
        new Sabotage(
            "cookie-not-replaced",
            21,
            Variation.ofEnvoyText(
                """
                                    - {exact: authorization, ignore_case: true}
                                    - {exact: cookie, ignore_case: true}
                """,
                """
                                    - {exact: authorization, ignore_case: true}
                """),
            List.of(Mode.HTTP)));
  }

  /** Changes only the answer that sets the session cookie, not those with flow cookies alone. */
  private static Variation sessionCookie(String from, String to) {
    Variation everywhere = Variation.ofAnswers(from, to);
    return new Variation(
        everywhere.envoyConfig(),
        everywhere.limenEnvironment(),
        piece ->
            Bytes.contains(piece, "__Host-limen=") ? everywhere.fromLimen().apply(piece) : piece,
        everywhere.fromManagement(),
        null);
  }

  /** A filter after RBAC that changes what the service gets. */
  private static Variation lua(String function, String body) {
    String filter =
        """
                  - name: envoy.filters.http.lua
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
                      default_source_code:
                        inline_string: |
                          function %s(handle)
                            local h = handle:headers()
        %s
                          end
                  - name: envoy.filters.http.router
        """
            .formatted(function, body.indent(20).stripTrailing());
    return Variation.ofEnvoyText("          - name: envoy.filters.http.router\n", filter);
  }

  private static byte[] withOneNonce(byte[] piece) {
    String text = new String(piece, StandardCharsets.ISO_8859_1);
    return NONCE
        .matcher(text)
        .replaceAll(found -> "nonce=" + "A".repeat(found.group(1).length()))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] frozenGauge(byte[] piece) {
    return GrowingGauge.withSessions(piece, 7);
  }

  @Override
  public String toString() {
    return name;
  }
}
