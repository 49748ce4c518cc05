package dev.limen.oidc;

import java.util.Locale;

/**
 * The rules that a signed token can break, in the order in which they are looked at.
 *
 * <p>Invariant: a name says which rule, never what the token held.
 */
enum TokenRule {
  /** There is a token. */
  PRESENCE,
  /** Longer than {@link TokenVerifier#MAX_LENGTH}. */
  SIZE,
  /** Three parts in base64url with a dot between, none empty: a JWS in compact form. */
  SHAPE,
  /** A header that is a JSON object. */
  HEADER,
  /** No header parameter that brings a key or changes the processing. */
  HEADER_PARAMETER,
  /** A {@code typ} of this kind of token. */
  TYPE,
  /** An {@code alg} that is enabled. */
  ALGORITHM,
  /** A {@code kid} that can be one, and names one key without doubt. */
  KEY_ID,
  /** A {@code kid} of a key that the provider publishes. */
  KEY_PUBLISHED,
  /** A signature by a key that the provider publishes. */
  SIGNATURE,
  /** A payload that is a JSON object. */
  PAYLOAD,
  /** {@code iss} is the provider's, to the letter. */
  ISSUER,
  /** {@code aud} names this client. */
  AUDIENCE,
  /** {@code azp} is this client. */
  AUTHORIZED_PARTY,
  /** {@code sub} is a person's; in a logout token, that or {@code sid} is there. */
  SUBJECT,
  /** {@code exp} is there and ahead. */
  EXPIRY,
  /** {@code iat} is there, not ahead, and not long ago. */
  ISSUED_AT,
  /** {@code nbf}, if it is there, is not ahead. */
  NOT_BEFORE,
  /** Not a token of another kind. */
  KIND,
  /** {@code events} holds the one that makes a logout token. */
  EVENT,
  /** {@code jti} is there. */
  JWT_ID,
  /** {@code nonce} is the one that was sent; a logout token has none. */
  NONCE,
  /** {@code auth_time}, where {@code max_age} was asked for, is there and not too long ago. */
  AUTH_TIME,
  /** {@code at_hash}, if it is there, belongs to the access token. */
  ACCESS_TOKEN_HASH,
  /** After a refresh, issuer and subject are those of before. */
  SAME_IDENTITY;

  private final String label = name().toLowerCase(Locale.ROOT);

  String label() {
    return label;
  }
}
