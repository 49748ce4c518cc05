package dev.limen.oidc;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * How a token may be signed (RFC 7518, section 3.1; RFC 8037; RFC 9864).
 *
 * <p>Invariant: asymmetric algorithms only, and each is tied to one kind of key (RFC 8725, sections
 * 3.1 and 3.2): a public key can never serve as the secret of a MAC, and there is no {@code none}.
 */
enum SigningAlgorithm {
  /** PKCS #1 v1.5 with SHA-256. */
  RS256("RSA", "SHA256withRSA", "SHA-256"),
  /** PKCS #1 v1.5 with SHA-384. */
  RS384("RSA", "SHA384withRSA", "SHA-384"),
  /** PKCS #1 v1.5 with SHA-512. */
  RS512("RSA", "SHA512withRSA", "SHA-512"),
  /** PSS with SHA-256. */
  PS256("RSA", "RSASSA-PSS", "SHA-256"),
  /** PSS with SHA-384. */
  PS384("RSA", "RSASSA-PSS", "SHA-384"),
  /** PSS with SHA-512. */
  PS512("RSA", "RSASSA-PSS", "SHA-512"),
  /** ECDSA on P-256. */
  ES256("P-256", "SHA256withECDSAinP1363Format", "SHA-256"),
  /** ECDSA on P-384. */
  ES384("P-384", "SHA384withECDSAinP1363Format", "SHA-384"),
  /** ECDSA on P-521. */
  ES512("P-521", "SHA512withECDSAinP1363Format", "SHA-512"),
  /** Ed25519, by its older name. */
  EdDSA("Ed25519", "Ed25519", "SHA-512"),
  /** Ed25519, by its full name. */
  Ed25519("Ed25519", "Ed25519", "SHA-512");

  private final String keyKind;
  private final String jcaName;
  private final String hashName;

  SigningAlgorithm(String keyKind, String jcaName, String hashName) {
    this.keyKind = keyKind;
    this.jcaName = jcaName;
    this.hashName = hashName;
  }

  /** The algorithm of this name, to the letter, or null. */
  static @Nullable SigningAlgorithm named(String name) {
    for (SigningAlgorithm algorithm : values()) {
      if (algorithm.name().equals(name)) {
        return algorithm;
      }
    }
    return null;
  }

  /** {@code RSA}, or the curve. */
  String keyKind() {
    return keyKind;
  }

  /** Whether a key that says it is for {@code other} is for this one: EdDSA has two names. */
  boolean isSameAs(SigningAlgorithm other) {
    return this == other || (keyKind.equals("Ed25519") && other.keyKind.equals("Ed25519"));
  }

  /** Whether {@code signature} is this algorithm's over {@code input}; false for any nonsense. */
  boolean verifies(PublicKey key, byte[] input, byte[] signature) {
    if (!hasRightLength(signature)) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance(jcaName);
      if (jcaName.equals("RSASSA-PSS")) {
        verifier.setParameter(pss());
      }
      verifier.initVerify(key);
      verifier.update(input);
      return verifier.verify(signature);
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  /** Two coordinates of full length (RFC 7518, section 3.4); the JDK checks the others' lengths. */
  private boolean hasRightLength(byte[] signature) {
    return switch (keyKind) {
      case "P-256" -> signature.length == 64;
      case "P-384" -> signature.length == 96;
      case "P-521" -> signature.length == 132;
      default -> signature.length > 0;
    };
  }

  private PSSParameterSpec pss() {
    int saltLength = hash(new byte[0]).length;
    return new PSSParameterSpec(hashName, "MGF1", new MGF1ParameterSpec(hashName), saltLength, 1);
  }

  /** The hash that goes with it, for {@code at_hash} (OpenID Connect Core, section 3.1.3.6). */
  byte[] hash(byte[] bytes) {
    try {
      return MessageDigest.getInstance(hashName).digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + hashName, e);
    }
  }
}
