package dev.limen.pages;

import dev.limen.check.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What the error page says.
 *
 * <p>Invariant: words of ours only, but for {@code detail} and {@code requestId}; the template
 * escapes all of it. Public only for the templates.
 *
 * @param status the HTTP status
 * @param reason why
 * @param detail a registered error word of the provider, or null
 * @param requestId what an operator finds the request by, or null
 * @param action where the button leads, or null for no button
 */
public record ErrorPage(
    int status,
    Reason reason,
    @Nullable String detail,
    @Nullable String requestId,
    @Nullable String action) {
  private static final int SERVICE_UNAVAILABLE = 503;

  /** The heading. */
  public String title() {
    return switch (reason) {
      case STORE_UNAVAILABLE,
          STORE_SLOW,
          STORE_OVERLOADED,
          SEALING_KEY_UNKNOWN,
          PROVIDER_UNAVAILABLE,
          CLIENT_REFUSED_BY_PROVIDER,
          DEADLINE_EXCEEDED,
          REFRESH_PENDING,
          INTERNAL_ERROR ->
          "We cannot do that right now";
      case NOT_FOUND -> "Nothing here";
      case METHOD_NOT_ALLOWED -> "That does not work here";
      case HOST_UNKNOWN -> "This host is not served here";
      default -> "Signing in did not work";
    };
  }

  /** One sentence for people. */
  public String sentence() {
    return reason.sentence();
  }

  /** The reason as an operator finds it in the metrics. */
  public String label() {
    return reason.label();
  }

  /** What the button says. */
  public String actionLabel() {
    return status == SERVICE_UNAVAILABLE ? "Try again" : "Start again";
  }
}
