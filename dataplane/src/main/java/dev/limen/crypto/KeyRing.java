package dev.limen.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The server's keys: the first seals, all open.
 *
 * <pre>
 *   offset (bytes)
 *      0   +-----------------------------+
 *          | format            1 B   = 1 |  authenticated
 *      1   | length of key id  1 B   = n |  authenticated
 *      2   | key id            n B       |  authenticated
 *      2+n | nonce            12 B       |
 *     14+n | ciphertext       as plain   |
 *          | tag              16 B       |
 *          +-----------------------------+
 * </pre>
 *
 * <p>Invariant: opens only with the label, user key, ring key and associated data that sealed it;
 * the key is HKDF(user key ‖ ring key, label), so what needs a browser's half does not open with
 * the ring alone. Sources: AES-256-GCM (NIST SP 800-38D) with 96-bit random nonces, HKDF-SHA256
 * (RFC 5869), HMAC-SHA256 (RFC 2104). Immutable; safe for all threads.
 */
public final class KeyRing {
  /** Bytes in a ring key. */
  public static final int KEY_LENGTH = 32;

  /** Bytes in a whole code of {@link #mac}. */
  public static final int MAC_LENGTH = 32;

  /** The user key of what opens with the ring alone. */
  private static final byte[] NO_USER_KEY = {};

  private static final byte FORMAT = 1;

  /** What a later version may write while this one still runs. */
  private static final byte NEXT_FORMAT = FORMAT + 1;

  private static final int NONCE_LENGTH = 12;
  private static final int TAG_LENGTH = 16;

  /** The first is the active one. */
  private final List<RingKey> keys;

  private KeyRing(List<RingKey> keys) {
    this.keys = List.copyOf(keys);
  }

  /** A ring of these keys; the first is the active one. */
  public static KeyRing of(List<Key> keys) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("a key ring has at least one key");
    }
    return new KeyRing(keys.stream().map(RingKey::new).toList());
  }

  /** A ring of one random key, for a process whose sessions live no longer than itself. */
  public static KeyRing generated() {
    return of(List.of(new Key("mem1", RandomBytes.next(KEY_LENGTH))));
  }

  /**
   * Seals {@code plaintext} under the active key.
   *
   * @param label names the use, so that one use's keys open nothing of another's
   * @param userKey the browser's half, or empty where the ring alone shall open it
   * @param associatedData what the sealed bytes are bound to; not in them
   */
  public byte[] seal(String label, byte[] userKey, byte[] associatedData, byte[] plaintext) {
    RingKey key = keys.getFirst();
    byte[] nonce = RandomBytes.next(NONCE_LENGTH);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          key.sealingKey(label, userKey),
          new GCMParameterSpec(TAG_LENGTH * Byte.SIZE, nonce));
      cipher.updateAAD(key.header);
      cipher.updateAAD(associatedData);
      byte[] ciphertext = cipher.doFinal(plaintext);
      return ByteBuffer.allocate(key.header.length + NONCE_LENGTH + ciphertext.length)
          .put(key.header)
          .put(nonce)
          .put(ciphertext)
          .array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM cannot seal", e);
    }
  }

  /**
   * What was sealed, or null if it does not open: cut, changed, or sealed for something else.
   *
   * @throws UnknownKeyException if it names a key that this ring does not hold, or is of the format
   *     after this: a later version wrote it, and it is not for this one to say that it is nothing
   */
  public byte @Nullable [] open(
      String label, byte[] userKey, byte[] associatedData, byte[] sealed) {
    if (sealed.length > 0 && sealed[0] == NEXT_FORMAT) {
      throw UnknownKeyException.ofFormat(NEXT_FORMAT);
    }
    if (sealed.length < 2 || sealed[0] != FORMAT) {
      return null;
    }
    int nonceOffset = 2 + (sealed[1] & 0xff);
    int ciphertextOffset = nonceOffset + NONCE_LENGTH;
    if (sealed.length < ciphertextOffset + TAG_LENGTH) {
      return null;
    }
    RingKey key = keyOf(sealed, nonceOffset);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE,
          key.sealingKey(label, userKey),
          new GCMParameterSpec(TAG_LENGTH * Byte.SIZE, sealed, nonceOffset, NONCE_LENGTH));
      cipher.updateAAD(sealed, 0, nonceOffset);
      cipher.updateAAD(associatedData);
      return cipher.doFinal(sealed, ciphertextOffset, sealed.length - ciphertextOffset);
    } catch (AEADBadTagException e) {
      return null;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM cannot open", e);
    }
  }

  /** A code over {@code data} under the active key: {@link #MAC_LENGTH} bytes. */
  public byte[] mac(String label, byte[] data) {
    return keys.getFirst().mac(label, data);
  }

  /**
   * The codes over {@code data} under every key of the ring, the active one's first: for what was
   * named before the active key was.
   */
  public List<byte[]> macs(String label, byte[] data) {
    return keys.stream().map(key -> key.mac(label, data)).toList();
  }

  /**
   * Whether {@code macOrPrefix} is the code over {@code data}, or its beginning, under any key of
   * the ring. Every key is tried, and each comparison takes the same time.
   */
  public boolean macMatches(String label, byte[] data, byte[] macOrPrefix) {
    if (macOrPrefix.length == 0 || macOrPrefix.length > MAC_LENGTH) {
      return false;
    }
    boolean matches = false;
    for (RingKey key : keys) {
      byte[] prefix = Arrays.copyOf(key.mac(label, data), macOrPrefix.length);
      matches |= Digests.constantTimeEquals(prefix, macOrPrefix);
    }
    return matches;
  }

  /** Never a key in a log. */
  @Override
  public String toString() {
    return "KeyRing[" + keys.size() + "]";
  }

  private RingKey keyOf(byte[] sealed, int headerLength) {
    for (RingKey key : keys) {
      if (Arrays.equals(key.header, 0, key.header.length, sealed, 0, headerLength)) {
        return key;
      }
    }
    throw new UnknownKeyException(
        new String(sealed, 2, headerLength - 2, StandardCharsets.ISO_8859_1));
  }

  /**
   * A key and what it is called in what it sealed.
   *
   * @param id 1 to 16 letters, digits and hyphens
   * @param bytes {@link #KEY_LENGTH} random bytes
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, compared nowhere
  public record Key(String id, byte[] bytes) {
    public Key {
      if (!id.matches("[A-Za-z0-9-]{1,16}") || bytes.length != KEY_LENGTH) {
        throw new IllegalArgumentException(
            "a ring key has an id of 1 to 16 letters, digits and hyphens, and 32 bytes: length="
                + bytes.length);
      }
    }

    /** Never a key in a log. */
    @Override
    public String toString() {
      return "Key[" + id + "]";
    }
  }

  /** One key, and the header of what it seals. */
  private static final class RingKey {
    private final byte[] bytes;
    private final byte[] header;

    /**
     * Keys that need no browser's half, by label. Half of what a check derives; labels are the
     * constants of this code base, so there are few.
     */
    private final ConcurrentMap<String, byte[]> derivedFromThisAlone = new ConcurrentHashMap<>();

    RingKey(Key key) {
      byte[] name = key.id().getBytes(StandardCharsets.US_ASCII);
      this.bytes = key.bytes().clone();
      this.header =
          ByteBuffer.allocate(2 + name.length)
              .put(FORMAT)
              .put((byte) name.length)
              .put(name)
              .array();
    }

    SecretKeySpec sealingKey(String label, byte[] userKey) {
      return new SecretKeySpec(keyFor(label, userKey), "AES");
    }

    byte[] mac(String label, byte[] data) {
      return Hmac.sha256(keyFor(label, NO_USER_KEY), data);
    }

    private byte[] keyFor(String label, byte[] userKey) {
      return userKey.length == 0
          ? derivedFromThisAlone.computeIfAbsent(label, name -> derive(name, NO_USER_KEY))
          : derive(label, userKey);
    }

    private byte[] derive(String label, byte[] userKey) {
      byte[] material =
          ByteBuffer.allocate(userKey.length + bytes.length).put(userKey).put(bytes).array();
      return Hkdf.derive(material, label, KEY_LENGTH);
    }
  }
}
