package dev.limen.login;

import dev.limen.check.Reason;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The error words that a provider may answer with, as registered.
 *
 * <p>Invariant: nothing else that a query says is ever shown: it is anyone's text. Source: RFC
 * 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6.
 */
final class ProviderErrors {
  // spotless:off
  private static final Set<String> REGISTERED = Set.of(
      "invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type",
      "invalid_scope", "server_error", "temporarily_unavailable",
      "interaction_required", "login_required", "account_selection_required", "consent_required",
      "invalid_request_uri", "invalid_request_object", "request_not_supported",
      "request_uri_not_supported", "registration_not_supported");
  // spotless:on

  private static final Set<String> TEMPORARY = Set.of("server_error", "temporarily_unavailable");

  private ProviderErrors() {}

  /** The word, if it is a registered one; else null. */
  static @Nullable String registered(String error) {
    return REGISTERED.contains(error) ? error : null;
  }

  /** Whether it may work in a moment, or was refused. */
  static Reason reasonOf(String error) {
    return TEMPORARY.contains(error) ? Reason.PROVIDER_UNAVAILABLE : Reason.PROVIDER_REFUSED;
  }
}
