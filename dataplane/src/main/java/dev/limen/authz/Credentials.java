package dev.limen.authz;

/**
 * The tokens that go upstream for a caller.
 *
 * <p>Invariant: leaves the process only in the headers of an allow.
 *
 * @param idToken the ID token; of a caller that brought a bearer token, that one
 * @param accessToken the access token; of a caller that brought a bearer token, that one
 */
record Credentials(String idToken, String accessToken) {
  /** Never a token in a log. */
  @Override
  public String toString() {
    return "Credentials";
  }
}
