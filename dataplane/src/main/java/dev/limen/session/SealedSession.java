package dev.limen.session;

/**
 * A session as a store holds it: two sealed values and the counters that a compare-and-set needs.
 *
 * <p>Invariant: {@code tokens} opens only with the browser's secret and the key ring, {@code
 * metadata} with the ring alone; both are bound to this session's key by associated data. The
 * arrays are not written to after construction.
 *
 * @param key what it is filed under
 * @param tokens {@code b}: tokens, sealed
 * @param metadata {@code m}: identity and times, sealed; never a token
 * @param version {@code v}
 * @param generation {@code g}
 * @param expiresAtMillis when the store shall forget it, wall clock; 0 in what a store gave back
 *     without looking, since the end that counts is sealed inside
 * @param lastSeenAtMillis {@code limen:t:…}, wall clock; 0 if the store has forgotten it
 */
@SuppressWarnings("ArrayRecordComponent") // bytes as stored; compared nowhere
public record SealedSession(
    SessionKey key,
    byte[] tokens,
    byte[] metadata,
    long version,
    long generation,
    long expiresAtMillis,
    long lastSeenAtMillis) {
  /** Bytes that either sealed value may have; more is not written, and not read. */
  public static final int MAX_VALUE_LENGTH = 256 * 1024;

  /** Whether either value is too long to be written or read. */
  public boolean isTooLong() {
    return tokens.length > MAX_VALUE_LENGTH || metadata.length > MAX_VALUE_LENGTH;
  }

  /** The same record, noted as in use; a note that is older than the one held changes nothing. */
  public SealedSession seenAt(long seenAtMillis) {
    return seenAtMillis <= lastSeenAtMillis
        ? this
        : new SealedSession(
            key, tokens, metadata, version, generation, expiresAtMillis, seenAtMillis);
  }

  /** Nothing of a session goes into a log. */
  @Override
  public String toString() {
    return "SealedSession[version=" + version + "]";
  }
}
