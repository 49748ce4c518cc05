package dev.limen.devidp;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The two documents that a relying party reads before anything else: discovery and the keys.
 *
 * <p>Invariant: discovery announces what the provider does and nothing more, and its issuer is the
 * public one whatever address it was asked by (OpenID Connect Discovery 1.0, section 4.3).
 */
final class MetadataEndpoints {
  private final Provider provider;

  MetadataEndpoints(Provider provider) {
    this.provider = provider;
  }

  Reply discovery(Incoming request, Strikes strikes) {
    if (!request.isRead()) {
      return Reply.empty(405, "method-not-allowed").with("Allow", "GET, HEAD");
    }
    Addresses addresses = provider.addresses();
    String host = request.host();
    String issuer = strikes.strike(Fault.WRONG_ISSUER) ? Provider.WRONG_ISSUER : addresses.issuer();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("issuer", issuer);
    json.put("authorization_endpoint", addresses.publicAddress("auth"));
    json.put("token_endpoint", addresses.dynamicAddress(host, "token"));
    json.put("userinfo_endpoint", addresses.dynamicAddress(host, "userinfo"));
    json.put("end_session_endpoint", addresses.publicAddress("logout"));
    json.put("jwks_uri", addresses.dynamicAddress(host, "certs"));
    json.put("revocation_endpoint", addresses.publicAddress("revoke"));
    json.put("backchannel_logout_supported", true);
    json.put("backchannel_logout_session_supported", true);
    json.put("response_types_supported", List.of("code"));
    json.put("response_modes_supported", List.of("query"));
    json.put("grant_types_supported", List.of("authorization_code", "refresh_token"));
    json.put("subject_types_supported", List.of("public"));
    json.put(
        "id_token_signing_alg_values_supported", List.of(provider.keys().algorithm().getName()));
    List<String> methods = List.of("client_secret_basic", "client_secret_post");
    json.put("token_endpoint_auth_methods_supported", methods);
    json.put("revocation_endpoint_auth_methods_supported", methods);
    json.put("code_challenge_methods_supported", List.of("S256"));
    json.put("scopes_supported", AuthorizationEndpoint.SCOPES);
    json.put("prompt_values_supported", List.of("none", "login"));
    json.put("claims_supported", claims());
    json.put("claims_parameter_supported", false);
    json.put("request_parameter_supported", false);
    json.put("request_uri_parameter_supported", false);
    json.put("authorization_response_iss_parameter_supported", true);
    return Reply.json(200, json, "ok");
  }

  private static List<String> claims() {
    return List.of(
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "name",
        "given_name",
        "family_name",
        "preferred_username",
        "email",
        "email_verified",
        "groups",
        "acr",
        "azp",
        "sid",
        "nonce");
  }

  Reply certs(Incoming request, Strikes strikes) {
    if (!request.isRead()) {
      return Reply.empty(405, "method-not-allowed").with("Allow", "GET, HEAD");
    }
    return Reply.json(200, provider.keys().published().toJSONObject(), "ok");
  }
}
