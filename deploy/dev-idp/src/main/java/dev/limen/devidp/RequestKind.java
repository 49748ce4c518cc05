package dev.limen.devidp;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What a request asked of the provider: the first word of its line in the log, and the scope of a
 * fault.
 *
 * <p>Invariant: each request has exactly one kind, and it is known before any work is done, so that
 * a fault can stand in front of the work.
 */
public enum RequestKind {
  /** The discovery document. */
  DISCOVERY("discovery"),
  /** The published keys. */
  CERTS("certs"),
  /** The authorization endpoint: a browser arrives with an authentication request. */
  AUTHORIZE("authorize"),
  /** The login form comes back with user name and password. */
  LOGIN("login"),
  /** The token endpoint, with a grant that is neither of the two below or cannot be read. */
  TOKEN("token"),
  /** The token endpoint: a code is redeemed. */
  TOKEN_CODE("token:authorization_code"),
  /** The token endpoint: a refresh token is presented. */
  TOKEN_REFRESH("token:refresh_token"),
  /** The UserInfo endpoint. */
  USERINFO("userinfo"),
  /** The revocation endpoint (RFC 7009). */
  REVOKE("revoke"),
  /** The end-session endpoint, and the confirmation that it may ask for. */
  LOGOUT("logout"),
  /** Any other path. */
  UNKNOWN("unknown");

  private final String label;

  RequestKind(String label) {
    this.label = label;
  }

  /** The name in the log and on the command line. */
  public String label() {
    return label;
  }

  /** Whether a fault with this scope meets a request of {@code kind}: TOKEN covers all grants. */
  public boolean covers(RequestKind kind) {
    return this == kind || (this == TOKEN && (kind == TOKEN_CODE || kind == TOKEN_REFRESH));
  }

  /**
   * The kind with this label.
   *
   * @throws IllegalArgumentException if there is none; the message lists them all
   */
  public static RequestKind labelled(String label) {
    for (RequestKind kind : values()) {
      if (kind.label.equals(label)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "endpoint="
            + label
            + ", expected one of "
            + Arrays.stream(values()).map(RequestKind::label).collect(Collectors.joining(", ")));
  }
}
