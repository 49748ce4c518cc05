package dev.limen.session;

import dev.limen.crypto.KeyRing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What watermarks and indexes are called in a store.
 *
 * <pre>
 *   w:{64 hex}   watermark of a user, of a provider session, or of a provider
 *   w:{all}      watermark of everyone
 *   u:{64 hex}   index of a user's sessions
 *   i:{64 hex}   index of a provider session's sessions
 *
 *   hex = HMAC under a key of the ring, over each part, 4 bytes of its length before it
 * </pre>
 *
 * <p>Invariant: no name of a person, a session or a provider stands in the clear in a key. Written
 * is what the active key makes; read is what any key of the ring makes, since a mark may be older
 * than the active key. Immutable; safe for all threads.
 */
final class RevocationNames {
  private static final String USER = "limen/idx/user/1";
  private static final String PROVIDER_SESSION = "limen/idx/sid/1";
  private static final String PROVIDER = "limen/idx/provider/1";
  private static final String EVERYONE = "w:{all}";

  private final KeyRing keys;

  RevocationNames(KeyRing keys) {
    this.keys = keys;
  }

  /** Every watermark that may end a session of {@code identity}. */
  List<String> watermarksOver(Identity identity) {
    List<String> names = new ArrayList<>();
    names.add(EVERYONE);
    names.addAll(named("w", hashes(PROVIDER, identity.provider())));
    names.addAll(named("w", hashes(USER, identity.issuer(), identity.subject())));
    String sid = identity.providerSession();
    if (sid != null) {
      names.addAll(named("w", hashes(PROVIDER_SESSION, identity.issuer(), sid)));
    }
    return names;
  }

  /** The watermark that ends {@code scope}. */
  String watermarkOf(RevocationScope scope) {
    return switch (scope) {
      case RevocationScope.User(String issuer, String subject) ->
          named("w", hashes(USER, issuer, subject)).get(0);
      case RevocationScope.ProviderSession(String issuer, String sid) ->
          named("w", hashes(PROVIDER_SESSION, issuer, sid)).get(0);
      case RevocationScope.Provider(String id) -> named("w", hashes(PROVIDER, id)).get(0);
      case RevocationScope.Everyone _ -> EVERYONE;
      case RevocationScope.OneSession _ ->
          throw new IllegalArgumentException("one session has a tombstone");
    };
  }

  /** The indexes, under any key of the ring, that name sessions of {@code scope}. */
  List<String> indexesOf(RevocationScope scope) {
    return switch (scope) {
      case RevocationScope.User(String issuer, String subject) ->
          named("u", hashes(USER, issuer, subject));
      case RevocationScope.ProviderSession(String issuer, String sid) ->
          named("i", hashes(PROVIDER_SESSION, issuer, sid));
      case RevocationScope.Provider _, RevocationScope.Everyone _, RevocationScope.OneSession _ ->
          List.of();
    };
  }

  /** The indexes that a new session of {@code identity} is noted in. */
  List<String> indexesFor(Identity identity) {
    List<String> names = new ArrayList<>();
    names.add(
        indexesOf(new RevocationScope.User(identity.issuer(), identity.subject())).getFirst());
    String sid = identity.providerSession();
    if (sid != null) {
      names.add(indexesOf(new RevocationScope.ProviderSession(identity.issuer(), sid)).getFirst());
    }
    return names;
  }

  private List<String> hashes(String label, String... parts) {
    return keys.macs(label, joined(parts)).stream().map(HexFormat.of()::formatHex).toList();
  }

  private static List<String> named(String kind, List<String> hashes) {
    return hashes.stream().map(hash -> kind + ":{" + hash + "}").toList();
  }

  /** The length before each part: no two different pairs of texts are the same bytes. */
  private static byte[] joined(String... parts) {
    int length = 0;
    List<byte[]> texts = new ArrayList<>();
    for (String part : parts) {
      byte[] text = part.getBytes(StandardCharsets.UTF_8);
      texts.add(text);
      length += Integer.BYTES + text.length;
    }
    ByteBuffer joined = ByteBuffer.allocate(length);
    texts.forEach(text -> joined.putInt(text.length).put(text));
    return joined.array();
  }
}
