package dev.limen.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One further parameter of the authentication request: always sent, or given by a link to {@code
 * start}.
 *
 * <p>Invariant: never one that Limen itself sets, and never without effect. Source: the shape is
 * oauth2-proxy's {@code loginURLParameters}; RFC 6749, section 3.1 (a parameter stands once, so
 * that several defaults are joined with a space, as {@code prompt} and {@code ui_locales} have it).
 *
 * @param name as the provider knows it
 * @param defaults sent where a link gives none
 * @param allow what a link may give
 * @param anyValue whether a link may give anything, up to {@link #MAX_VALUE_LENGTH} characters
 */
public record LoginParameter(
    @Setting(doc = "As the provider knows it, such as kc_idp_hint, prompt, ui_locales") String name,
    @JsonProperty("default") @Setting(value = "[]", doc = "Sent where a link gives none")
        List<String> defaults,
    @Setting(value = "[]", doc = "What a link to /oauth2/start may give") List<AllowedValue> allow,
    @Setting(value = "false", doc = "Whether a link may give anything, up to 256 characters")
        boolean anyValue) {
  /** Characters in a value; an e-mail address has at most 254. */
  public static final int MAX_VALUE_LENGTH = 256;

  private static final String KEY = "providers[].loginURLParameters[]";

  /** What a login consists of, what its answer depends on, and the start endpoint's own. */
  // spotless:off
  private static final Set<String> LIMENS_OWN = Set.of(
      "response_type", "response_mode", "client_id", "client_secret", "redirect_uri", "scope",
      "state", "nonce", "code_challenge", "code_challenge_method", "code", "code_verifier",
      "grant_type", "request", "request_uri", "max_age", "rd");
  // spotless:on

  public LoginParameter {
    defaults = List.copyOf(defaults);
    allow = List.copyOf(allow);
    Require.that(
        name.matches("[A-Za-z0-9._-]{1,64}"),
        KEY + ".name",
        name,
        "letters, digits, dots, hyphens and underscores, at most 64");
    Require.that(
        !LIMENS_OWN.contains(name.toLowerCase(Locale.ROOT)),
        KEY + ".name",
        name,
        "a parameter that Limen does not set itself");
    for (String value : defaults) {
      check(KEY + ".default", value);
    }
    check(KEY + ".default", defaults.isEmpty() ? "none" : String.join(" ", defaults));
    Require.that(
        anyValue || !defaults.isEmpty() || !allow.isEmpty(),
        KEY,
        name + " without a value",
        "a default, values to allow, or anyValue: true");
    Require.that(
        !anyValue || allow.isEmpty(),
        KEY + ".allow",
        "values beside anyValue: true",
        "one of the two");
  }

  /**
   * One value that a link may give.
   *
   * @param value to the letter
   */
  public record AllowedValue(@Setting(doc = "What a link may give, to the letter") String value) {
    public AllowedValue {
      check(KEY + ".allow[].value", value);
    }
  }

  private static void check(String key, String value) {
    Require.that(isValue(value), key, value, "1 to 256 characters, none of them a control one");
  }

  /** Whether {@code value} has a length and characters that may be sent. */
  public static boolean isValue(String value) {
    return !value.isEmpty()
        && value.length() <= MAX_VALUE_LENGTH
        && value.chars().noneMatch(Character::isISOControl);
  }
}
