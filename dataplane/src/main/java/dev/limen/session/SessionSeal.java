package dev.limen.session;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.limen.crypto.KeyRing;
import dev.limen.session.v1.RoleList;
import dev.limen.session.v1.SessionMetadata;
import dev.limen.session.v1.SessionTokens;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Seals a session into what a store holds, and opens it again.
 *
 * <pre>
 *   m: key             HKDF(ring key, limen/m/1)
 *      associated data format 1 B ‖ lookup 32 B ‖ version 8 B ‖ generation 8 B
 *   b: key             HKDF(user key ‖ ring key, limen/b/1)
 *      associated data that of m ‖ created 8 B ‖ absolute expiry 8 B ‖ provider id
 * </pre>
 *
 * <p>Invariant: what opens was sealed for this key, version and generation, and tokens and metadata
 * were sealed together; nothing about a person or a time stands in the clear. The associated data
 * of {@code b} that has to be known before it opens comes out of {@code m}, which is opened first.
 * The id of the sealing key is authenticated by {@link KeyRing}. Immutable; safe for all threads.
 */
final class SessionSeal {
  private static final String METADATA_LABEL = "limen/m/1";
  private static final String TOKENS_LABEL = "limen/b/1";
  private static final byte FORMAT = 1;
  private static final byte[] RING_ALONE = {};

  private final KeyRing keys;

  SessionSeal(KeyRing keys) {
    this.keys = keys;
  }

  /** The session as a store holds it. */
  SealedSession seal(Session session) {
    byte[] place = place(session.key(), session.version(), session.generation());
    SessionMetadata metadata = metadata(session);
    return new SealedSession(
        session.key(),
        keys.seal(
            TOKENS_LABEL,
            session.secret().userKey(),
            placeAndOrigin(place, metadata),
            tokens(session.tokens()).toByteArray()),
        keys.seal(METADATA_LABEL, RING_ALONE, place, metadata.toByteArray()),
        session.version(),
        session.generation(),
        session.absoluteExpiresAtMillis(),
        session.lastSeenAtMillis());
  }

  /**
   * The session in {@code sealed}, or null if it does not open with {@code secret}.
   *
   * @throws dev.limen.crypto.UnknownKeyException if it names a key that the ring does not hold
   */
  @Nullable Session open(SessionSecret secret, SealedSession sealed) {
    byte[] place = place(secret.key(), sealed.version(), sealed.generation());
    byte[] openedMetadata = keys.open(METADATA_LABEL, RING_ALONE, place, sealed.metadata());
    if (openedMetadata == null) {
      return null;
    }
    try {
      SessionMetadata metadata = SessionMetadata.parseFrom(openedMetadata);
      byte[] openedTokens =
          keys.open(
              TOKENS_LABEL, secret.userKey(), placeAndOrigin(place, metadata), sealed.tokens());
      if (openedTokens == null) {
        return null;
      }
      return new Session(
          secret,
          identity(metadata),
          tokens(SessionTokens.parseFrom(openedTokens)),
          sealed.version(),
          sealed.generation(),
          metadata.getCreatedAtMillis(),
          metadata.getAbsoluteExpiresAtMillis(),
          Math.max(sealed.lastSeenAtMillis(), metadata.getCreatedAtMillis()),
          new SessionContext(metadata.getIpPrefix(), metadata.getBrowserFamily()),
          begunAt(metadata));
    } catch (InvalidProtocolBufferException e) {
      // It is authentic, so it was written by a Limen that this one cannot read: trouble, and no
      // reason to tell the browser that its session has ended.
      throw new IllegalStateException("an authentic session record cannot be read", e);
    }
  }

  private static byte[] place(SessionKey key, long version, long generation) {
    return ByteBuffer.allocate(1 + SessionKey.LENGTH + 2 * Long.BYTES)
        .put(FORMAT)
        .put(key.toBytes())
        .putLong(version)
        .putLong(generation)
        .array();
  }

  private static byte[] placeAndOrigin(byte[] place, SessionMetadata metadata) {
    byte[] provider = metadata.getProvider().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(place.length + 2 * Long.BYTES + provider.length)
        .put(place)
        .putLong(metadata.getCreatedAtMillis())
        .putLong(metadata.getAbsoluteExpiresAtMillis())
        .put(provider)
        .array();
  }

  private static SessionTokens tokens(Tokens tokens) {
    return SessionTokens.newBuilder()
        .setIdToken(tokens.idToken())
        .setAccessToken(tokens.accessToken())
        .setRefreshToken(emptyIfNull(tokens.refreshToken()))
        .setAccessTokenExpiresAtMillis(tokens.accessTokenExpiresAtMillis())
        .setRefreshTokenExpiresAtMillis(tokens.refreshTokenExpiresAtMillis())
        .setAccessTokenIssuedAtMillis(tokens.accessTokenIssuedAtMillis())
        .setIdTokenExpiresAtMillis(tokens.idTokenExpiresAtMillis())
        .build();
  }

  private static Tokens tokens(SessionTokens tokens) {
    return new Tokens(
        tokens.getIdToken(),
        tokens.getAccessToken(),
        nullIfEmpty(tokens.getRefreshToken()),
        tokens.getAccessTokenExpiresAtMillis(),
        tokens.getRefreshTokenExpiresAtMillis(),
        tokens.getAccessTokenIssuedAtMillis(),
        tokens.getIdTokenExpiresAtMillis());
  }

  private static SessionMetadata metadata(Session session) {
    Identity identity = session.identity();
    SessionMetadata.Builder metadata =
        SessionMetadata.newBuilder()
            .setProvider(identity.provider())
            .setIssuer(identity.issuer())
            .setSubject(identity.subject())
            .setUser(identity.user())
            .setName(emptyIfNull(identity.name()))
            .setEmail(emptyIfNull(identity.email()))
            .setPreferredUsername(emptyIfNull(identity.preferredUsername()))
            .addAllGroups(identity.groups())
            .addAllRealmRoles(identity.realmRoles())
            .setSid(emptyIfNull(identity.providerSession()))
            .setAcr(emptyIfNull(identity.acr()))
            .addAllAmr(identity.amr())
            .setAuthTimeSeconds(identity.authTimeSeconds())
            .setCreatedAtMillis(session.createdAtMillis())
            .setAbsoluteExpiresAtMillis(session.absoluteExpiresAtMillis())
            .setIpPrefix(session.context().ipPrefix())
            .setBrowserFamily(session.context().browserFamily())
            .setBegunAt(session.begunAt());
    identity
        .clientRoles()
        .forEach((client, roles) ->
            metadata.putClientRoles(client, RoleList.newBuilder().addAllRoles(roles).build()));
    return metadata.build();
  }

  /** Of a record that does not say: its creation, by the clock of the replica that made it. */
  private static long begunAt(SessionMetadata metadata) {
    return metadata.getBegunAt() > 0
        ? metadata.getBegunAt()
        : TimeUnit.MILLISECONDS.toMicros(metadata.getCreatedAtMillis());
  }

  private static Identity identity(SessionMetadata metadata) {
    Map<String, List<String>> clientRoles = new HashMap<>();
    metadata
        .getClientRolesMap()
        .forEach((client, roles) -> clientRoles.put(client, List.copyOf(roles.getRolesList())));
    return new Identity(
        metadata.getProvider(),
        metadata.getIssuer(),
        metadata.getSubject(),
        metadata.getUser(),
        nullIfEmpty(metadata.getName()),
        nullIfEmpty(metadata.getEmail()),
        nullIfEmpty(metadata.getPreferredUsername()),
        metadata.getGroupsList(),
        metadata.getRealmRolesList(),
        clientRoles,
        nullIfEmpty(metadata.getSid()),
        nullIfEmpty(metadata.getAcr()),
        metadata.getAmrList(),
        metadata.getAuthTimeSeconds());
  }

  private static String emptyIfNull(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static @Nullable String nullIfEmpty(String text) {
    return text.isEmpty() ? null : text;
  }
}
