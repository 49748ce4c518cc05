package dev.limen.check;

import java.util.List;

/**
 * The answer to a check, whatever the wire. A switch over it has no default.
 *
 * <p>Invariant: only {@link Allow} lets a request pass. Any class could make one, but only {@code
 * authz} does, with the mutations that set or remove every managed header: FloorPlanTest holds
 * that. Source: the oneof of Envoy's {@code CheckResponse}
 * (envoy/service/auth/v3/external_auth.proto), narrowed by what a real Envoy does.
 */
public sealed interface Decision {
  /**
   * Forward the request upstream with these headers overwritten or removed.
   *
   * @param mutations every managed header, set or removed
   */
  record Allow(HeaderMutations mutations) implements Decision {}

  /**
   * Send the browser elsewhere: 302 with {@code Location} (RFC 9110, section 15.4.3).
   *
   * @param location an absolute URL, or a path of this site; no control bytes
   * @param setCookies whole {@code Set-Cookie} values, each its own header line
   */
  record Redirect(String location, List<String> setCookies, Reason reason) implements Decision {
    public Redirect {
      setCookies = List.copyOf(setCookies);
    }

    @Override
    public String toString() {
      return "Redirect[" + reason + "]";
    }
  }

  /**
   * Show a document: an HTML page, or JSON for {@code userinfo}.
   *
   * @param status 200, 400, 403, 404, 405 or 503
   * @param contentType the whole {@code Content-Type} value
   * @param body the document, at most 16 KiB in UTF-8
   * @param setCookies whole {@code Set-Cookie} values, each its own header line
   */
  record Page(int status, String contentType, String body, List<String> setCookies, Reason reason)
      implements Decision {
    public Page {
      setCookies = List.copyOf(setCookies);
    }

    @Override
    public String toString() {
      return "Page[" + status + " " + reason + "]";
    }
  }

  /**
   * Refuse a request that was understood, or could not be: a JSON problem (RFC 9457).
   *
   * @param status 400, 401, 403, 404, 405 or 431
   * @param challenge the {@code WWW-Authenticate} value (RFC 9110, section 11.6.1), or empty
   */
  record Deny(int status, Reason reason, String challenge) implements Decision {
    /** A refusal that challenges nobody. */
    public Deny(int status, Reason reason) {
      this(status, reason, "");
    }
  }

  /** Limen could not decide: 503 with {@code Retry-After}, never an allow, no cookie touched. */
  record Unavailable(Reason reason) implements Decision {}

  /** Why, for every answer but an allow. */
  static String label(Decision decision) {
    return switch (decision) {
      case Allow _ -> "allowed";
      case Redirect redirect -> redirect.reason().label();
      case Page page -> page.reason().label();
      case Deny deny -> deny.reason().label();
      case Unavailable unavailable -> unavailable.reason().label();
    };
  }
}
