package dev.limen.login;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A browser's request for one of Limen's own endpoints, or a provider's.
 *
 * <p>Invariant: scheme and host are the gateway's word for how it was asked, not a client's.
 *
 * @param method as sent
 * @param scheme {@code http} or {@code https}, from {@code x-forwarded-proto}
 * @param host authority with port, from {@code :authority} or {@code Host}
 * @param path without query
 * @param rawQuery as sent, without the question mark; null or empty if there was none
 * @param cookieHeaders the {@code Cookie} field values, in order
 * @param fetchSite {@code Sec-Fetch-Site}; null or empty if not sent
 * @param origin {@code Origin}; null or empty if not sent
 * @param remoteAddress of the browser, as the gateway says it; null or empty if not known
 * @param userAgent {@code User-Agent}; null or empty if not sent
 * @param form the body of a request to {@link #BACKCHANNEL_LOGOUT}, one character a byte, and empty
 *     for any other request; null if it is not said to be a form
 */
public record EndpointRequest(
    String method,
    String scheme,
    String host,
    String path,
    @Nullable String rawQuery,
    List<String> cookieHeaders,
    @Nullable String fetchSite,
    @Nullable String origin,
    @Nullable String remoteAddress,
    @Nullable String userAgent,
    @Nullable String form) {
  /** Where a provider sends logout tokens, below {@code web.proxyPrefix}. */
  public static final String BACKCHANNEL_LOGOUT = "/backchannel_logout";

  /** Bytes of a form: a logout token is below 2 KiB. */
  public static final int MAX_FORM_LENGTH = QueryString.MAX_LENGTH;

  public EndpointRequest {
    cookieHeaders = List.copyOf(cookieHeaders);
  }

  /** A browser's request, which brings no form. */
  public EndpointRequest(
      String method,
      String scheme,
      String host,
      String path,
      @Nullable String rawQuery,
      List<String> cookieHeaders,
      @Nullable String fetchSite,
      @Nullable String origin,
      @Nullable String remoteAddress,
      @Nullable String userAgent) {
    this(
        method,
        scheme,
        host,
        path,
        rawQuery,
        cookieHeaders,
        fetchSite,
        origin,
        remoteAddress,
        userAgent,
        null);
  }

  /** Code, state, cookies and tokens stay out of logs. */
  @Override
  public String toString() {
    return "EndpointRequest[" + path + "]";
  }
}
