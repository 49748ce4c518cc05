package dev.limen.login;

import dev.limen.bytes.Base64Url;
import dev.limen.crypto.Digests;
import dev.limen.crypto.Hkdf;
import dev.limen.crypto.RandomBytes;
import dev.limen.oidc.SentRequest;
import java.nio.charset.StandardCharsets;

/**
 * A login under way, as its cookie holds it.
 *
 * <p>Invariant: lives only sealed in the browser. State, nonce and verifier are made from one seed
 * and never tell it, or each other (HKDF with a label each): so that the cookie has room for a long
 * return URL. Source: RFC 6749, section 10.12 ({@code state}), OpenID Connect Core, section 3.1.2.1
 * ({@code nonce}), RFC 7636 ({@code code_verifier}).
 *
 * @param id names its cookie; not secret
 * @param provider id of the provider in the configuration
 * @param seed 256 random bits
 * @param returnTo where the browser goes afterwards
 * @param createdAtMillis when the login was started, wall clock
 * @param maxAgeSeconds {@code max_age} as asked, or {@link SentRequest#NO_MAX_AGE}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared: what is made from it is
record Flow(
    String id,
    String provider,
    byte[] seed,
    String returnTo,
    long createdAtMillis,
    long maxAgeSeconds) {
  /** Characters in an id. */
  static final int ID_LENGTH = 6;

  /** Bytes in a seed, a nonce and a verifier: 256 bits. */
  static final int RANDOM_LENGTH = 32;

  /** Characters in a state: the id, so that a callback finds its cookie, and 256 bits. */
  static final int STATE_LENGTH = ID_LENGTH + 43;

  /** A login that begins now. */
  static Flow begin(String provider, String returnTo, long maxAgeSeconds, long nowMillis) {
    String id = randomText(ID_LENGTH).substring(0, ID_LENGTH);
    byte[] seed = RandomBytes.next(RANDOM_LENGTH);
    return new Flow(id, provider, seed, returnTo, nowMillis, maxAgeSeconds);
  }

  /** {@code length} random bytes in base64url. */
  static String randomText(int length) {
    return Base64Url.encode(RandomBytes.next(length));
  }

  /** Whether {@code state} has the form of one of ours. */
  static boolean isState(String state) {
    return state.length() == STATE_LENGTH && state.chars().allMatch(Flow::isBase64Url);
  }

  /** The id in a state of ours. */
  static String idIn(String state) {
    return state.substring(0, ID_LENGTH);
  }

  String state() {
    return id + derived("limen/flow/state/1");
  }

  String nonce() {
    return derived("limen/flow/nonce/1");
  }

  String codeVerifier() {
    return derived("limen/flow/verifier/1");
  }

  /** {@code code_challenge} of method S256 (RFC 7636, section 4.2). */
  String codeChallenge() {
    return Base64Url.encode(Digests.sha256(codeVerifier().getBytes(StandardCharsets.US_ASCII)));
  }

  /** What the authentication request held that the ID token must answer to. */
  SentRequest sent() {
    return new SentRequest(nonce(), maxAgeSeconds);
  }

  /** Whether this is the flow that {@code state} was made for; in constant time. */
  boolean stateIs(String state) {
    return Digests.constantTimeEquals(
        state().getBytes(StandardCharsets.US_ASCII), state.getBytes(StandardCharsets.US_ASCII));
  }

  Flow withReturnTo(String target) {
    return new Flow(id, provider, seed, target, createdAtMillis, maxAgeSeconds);
  }

  private String derived(String label) {
    return Base64Url.encode(Hkdf.derive(seed, label, RANDOM_LENGTH));
  }

  private static boolean isBase64Url(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** Seed and return URL stay out of logs. */
  @Override
  public String toString() {
    return "Flow[" + provider + "]";
  }
}
