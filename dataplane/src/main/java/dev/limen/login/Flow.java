package dev.limen.login;

import dev.limen.bytes.Base64Url;
import dev.limen.crypto.Digests;
import dev.limen.crypto.RandomBytes;
import java.nio.charset.StandardCharsets;

/**
 * A login under way, as its cookie holds it.
 *
 * <p>Invariant: lives only sealed in the browser; the state itself is nowhere but in the browser's
 * address bar and at the provider, here is its hash. Source: RFC 6749, section 10.12 ({@code
 * state}), OpenID Connect Core, section 3.1.2.1 ({@code nonce}), RFC 7636 ({@code code_verifier}).
 *
 * @param id names its cookie; not secret
 * @param provider id of the provider in the configuration
 * @param stateHash SHA-256 of {@code state}
 * @param nonce 256 random bits
 * @param codeVerifier 256 random bits
 * @param returnTo where the browser goes afterwards
 * @param redirectUri as sent to the authorization endpoint
 * @param createdAtMillis when the login was started, wall clock
 */
@SuppressWarnings("ArrayRecordComponent") // compared in constant time, by stateIs alone
record Flow(
    String id,
    String provider,
    byte[] stateHash,
    String nonce,
    String codeVerifier,
    String returnTo,
    String redirectUri,
    long createdAtMillis) {
  /** Characters in an id. */
  static final int ID_LENGTH = 6;

  /** Bytes in a state, a nonce and a verifier: 256 bits. */
  static final int RANDOM_LENGTH = 32;

  /** Characters in a state: the id, so that a callback finds its cookie, and 256 random bits. */
  static final int STATE_LENGTH = ID_LENGTH + 43;

  /** A new id. */
  static String newId() {
    return randomText(ID_LENGTH).substring(0, ID_LENGTH);
  }

  /** A new state for the flow {@code id}. */
  static String newState(String id) {
    return id + randomText(RANDOM_LENGTH);
  }

  /** {@code length} random bytes in base64url: a nonce, or a verifier. */
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

  /** What is kept of a state. */
  static byte[] hash(String state) {
    return Digests.sha256(state.getBytes(StandardCharsets.US_ASCII));
  }

  /** {@code code_challenge} of method S256 (RFC 7636, section 4.2). */
  String codeChallenge() {
    return Base64Url.encode(Digests.sha256(codeVerifier.getBytes(StandardCharsets.US_ASCII)));
  }

  /** Whether this is the flow that {@code state} was made for; in constant time. */
  boolean stateIs(String state) {
    return Digests.constantTimeEquals(stateHash, hash(state));
  }

  Flow withReturnTo(String target) {
    return new Flow(
        id, provider, stateHash, nonce, codeVerifier, target, redirectUri, createdAtMillis);
  }

  private static boolean isBase64Url(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** Nonce, verifier and return URL stay out of logs. */
  @Override
  public String toString() {
    return "Flow[" + provider + "]";
  }
}
