package dev.limen.devidp;

import java.time.Clock;

/**
 * What all endpoints share.
 *
 * <p>Invariant: made once at the start; each part guards itself.
 *
 * @param realm who may log in
 * @param addresses where things are
 * @param sessions who is logged in
 * @param keys what signs
 * @param clock what time it is
 */
record Provider(
    Realm realm, Addresses addresses, Sessions sessions, SigningKeys keys, Clock clock) {

  /** The browser's session. */
  static final String SESSION_COOKIE = "DEV_IDP_SESSION";

  /** The browser that a login form was shown to. */
  static final String LOGIN_COOKIE = "DEV_IDP_LOGIN";

  /** What {@link Fault#WRONG_ISSUER} says. */
  static final String WRONG_ISSUER = "http://wrong-issuer.invalid/realms/limen";

  String setCookie(String name, String value) {
    return name
        + "="
        + value
        + "; Path="
        + addresses.cookiePath()
        + "; HttpOnly; SameSite=Lax"
        + (addresses.isHttps() ? "; Secure" : "");
  }

  String clearCookie(String name) {
    return setCookie(name, "") + "; Max-Age=0";
  }

  long nowSeconds() {
    return clock.instant().getEpochSecond();
  }
}
