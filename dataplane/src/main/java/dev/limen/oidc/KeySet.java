package dev.limen.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The keys that a provider publishes, as far as they may verify a signature.
 *
 * <p>Invariant: at least one key; each is public, for signatures, strong enough, and of a kind that
 * {@link SigningAlgorithm} knows. What else a set holds (encryption keys, shared secrets, kinds of
 * tomorrow) is left out. Immutable.
 *
 * <p>Source: RFC 7517.
 */
final class KeySet {
  /** More keys than this are no key set of ours. */
  static final int MAX_KEYS = 64;

  static final int MIN_RSA_BITS = 2048;

  /** Verifying with a longer one takes milliseconds. */
  static final int MAX_RSA_BITS = 8192;

  /** A public Ed25519 key is these bytes and 32 more (RFC 8410, section 4). */
  private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private static final int ED25519_LENGTH = 32;

  private final List<Key> keys;
  private final long readAtMillis;

  private KeySet(List<Key> keys, long readAtMillis) {
    this.keys = keys;
    this.readAtMillis = readAtMillis;
  }

  /** A key, what it is called, and what it is for. */
  private record Key(
      @Nullable String id, String kind, @Nullable SigningAlgorithm only, PublicKey publicKey) {
    boolean fits(SigningAlgorithm algorithm) {
      return kind.equals(algorithm.keyKind()) && (only == null || only.isSameAs(algorithm));
    }
  }

  /**
   * Reads a set.
   *
   * @throws MetadataRefusedException if there is no usable key in it, or too many keys
   */
  static KeySet read(JsonObject document, long nowMillis) throws MetadataRefusedException {
    List<JsonObject> published = document.objectsAmong("keys");
    if (published.size() > MAX_KEYS) {
      throw new MetadataRefusedException(
          "keys", Integer.toString(published.size()), "at most " + MAX_KEYS);
    }
    List<Key> keys = new ArrayList<>();
    for (JsonObject candidate : published) {
      Key key = key(candidate.asMap());
      if (key != null) {
        keys.add(key);
      }
    }
    if (keys.isEmpty()) {
      throw new MetadataRefusedException(
          "keys", published.size() + " of which none is usable", "a public signing key");
    }
    return new KeySet(List.copyOf(keys), nowMillis);
  }

  /** How many keys may verify a signature. */
  int size() {
    return keys.size();
  }

  /** When it was read, wall clock. */
  long readAtMillis() {
    return readAtMillis;
  }

  /** The keys that may have signed with {@code algorithm} and are called {@code id}. */
  List<PublicKey> named(String id, SigningAlgorithm algorithm) {
    return keys.stream()
        .filter(key -> key.fits(algorithm) && id.equals(key.id))
        .map(Key::publicKey)
        .toList();
  }

  /** All keys that may have signed with {@code algorithm}. */
  List<PublicKey> fitting(SigningAlgorithm algorithm) {
    return keys.stream().filter(key -> key.fits(algorithm)).map(Key::publicKey).toList();
  }

  /** The keys that may have signed a token with this header. */
  List<PublicKey> chosen(@Nullable String keyId, SigningAlgorithm algorithm) {
    return keyId == null ? fitting(algorithm) : named(keyId, algorithm);
  }

  /** Whether the key that signed a token is still one that would be tried for it. */
  boolean holds(Signer signer) {
    List<PublicKey> chosen = chosen(signer.keyId(), signer.algorithm());
    return chosen.contains(signer.key()) && (signer.keyId() != null || chosen.size() == 1);
  }

  private static @Nullable Key key(Map<String, Object> published) {
    try {
      JWK jwk = JWK.parse(published);
      if (!isForSignatures(jwk)) {
        return null;
      }
      SigningAlgorithm only =
          jwk.getAlgorithm() == null ? null : SigningAlgorithm.named(jwk.getAlgorithm().getName());
      if (jwk.getAlgorithm() != null && only == null) {
        return null;
      }
      return switch (jwk) {
        case RSAKey rsa -> rsaKey(rsa, only);
        case ECKey ec -> new Key(ec.getKeyID(), ec.getCurve().getName(), only, ec.toECPublicKey());
        case OctetKeyPair pair when Curve.Ed25519.equals(pair.getCurve()) -> edKey(pair, only);
        default -> null;
      };
    } catch (ParseException
        | JOSEException
        | GeneralSecurityException
        | IllegalArgumentException
        | IllegalStateException _) {
      // A key that nimbus cannot read is a key that Limen does not have.
      return null;
    }
  }

  private static boolean isForSignatures(JWK jwk) {
    return (jwk.getKeyUse() == null || jwk.getKeyUse().equals(KeyUse.SIGNATURE))
        && (jwk.getKeyOperations() == null || jwk.getKeyOperations().contains(KeyOperation.VERIFY));
  }

  private static @Nullable Key rsaKey(RSAKey rsa, @Nullable SigningAlgorithm only)
      throws JOSEException {
    RSAPublicKey key = rsa.toRSAPublicKey();
    int bits = key.getModulus().bitLength();
    return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS
        ? new Key(rsa.getKeyID(), "RSA", only, key)
        : null;
  }

  private static @Nullable Key edKey(OctetKeyPair pair, @Nullable SigningAlgorithm only)
      throws GeneralSecurityException {
    byte[] point = Objects.requireNonNull(pair.getDecodedX(), "x");
    if (point.length != ED25519_LENGTH) {
      return null;
    }
    byte[] encoded = new byte[ED25519_PREFIX.length + point.length];
    System.arraycopy(ED25519_PREFIX, 0, encoded, 0, ED25519_PREFIX.length);
    System.arraycopy(point, 0, encoded, ED25519_PREFIX.length, point.length);
    PublicKey key =
        KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    return new Key(pair.getKeyID(), "Ed25519", only, key);
  }
}
