package dev.limen.session;

import static dev.limen.session.SessionFixtures.HOUR;
import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.identity;
import static dev.limen.session.SessionFixtures.tokens;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.limen.crypto.Hkdf;
import dev.limen.crypto.KeyRing;
import dev.limen.session.v1.SessionMetadata;
import dev.limen.session.v1.SessionTokens;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** The sealed record, opened again by hand, so that neither keys nor associated data can drift. */
class SessionSealTest {
  private static final byte[] RING_KEY = filled(1);
  private static final byte[] SECRET = filled(7);

  private final SessionSeal seal =
      new SessionSeal(KeyRing.of(List.of(new KeyRing.Key("k1", RING_KEY))));
  private final Session session =
      new Session(
          SessionSecret.of(SECRET),
          identity("alice"),
          tokens(3),
          5,
          3,
          NOW,
          NOW + HOUR,
          NOW + 1_000,
          new SessionContext("203.0.113.0/24", "Firefox"),
          77);
  private final SealedSession sealed = seal.seal(session);

  @Test
  void metadataOpensWithTheRingAloneBoundToKeyVersionAndGeneration()
      throws GeneralSecurityException, InvalidProtocolBufferException {
    byte[] opened = open(sealed.metadata(), new byte[0], "limen/m/1", place(5, 3));

    SessionMetadata metadata = SessionMetadata.parseFrom(opened);
    assertThat(metadata.getSubject()).isEqualTo("alice");
    assertThat(metadata.getProvider()).isEqualTo("main");
    assertThat(metadata.getSid()).isEqualTo("sid-1");
    assertThat(metadata.getCreatedAtMillis()).isEqualTo(NOW);
    assertThat(metadata.getAbsoluteExpiresAtMillis()).isEqualTo(NOW + HOUR);
    assertThat(metadata.getIpPrefix()).isEqualTo("203.0.113.0/24");
    assertThat(metadata.getBrowserFamily()).isEqualTo("Firefox");
    assertThat(metadata.toString()).doesNotContain("id-3", "access-3", "refresh-3");
  }

  @Test
  void tokensOpenWithTheBrowsersHalfBoundToTimesAndProviderToo()
      throws GeneralSecurityException, InvalidProtocolBufferException {
    byte[] half = Hkdf.derive(SECRET, "limen/user/1", 32);

    SessionTokens opened =
        SessionTokens.parseFrom(
            open(sealed.tokens(), half, "limen/b/1", origin(NOW, NOW + HOUR, "main")));

    assertThat(opened.getIdToken()).isEqualTo("id-3");
    assertThat(opened.getAccessToken()).isEqualTo("access-3");
    assertThat(opened.getRefreshToken()).isEqualTo("refresh-3");
  }

  @Test
  void tokensDoNotOpenWithAnotherTimeOrProviderOrWithoutTheBrowsersHalf() {
    byte[] half = Hkdf.derive(SECRET, "limen/user/1", 32);

    assertThatStaysShut(half, origin(NOW + 1, NOW + HOUR, "main"));
    assertThatStaysShut(half, origin(NOW, NOW + HOUR + 1, "main"));
    assertThatStaysShut(half, origin(NOW, NOW + HOUR, "mair"));
    assertThatStaysShut(new byte[0], origin(NOW, NOW + HOUR, "main"));
    assertThatStaysShut(SECRET, origin(NOW, NOW + HOUR, "main"));
  }

  @Test
  void whatIsSealedOpensAsItWas() {
    assertThat(seal.open(session.secret(), sealed)).isEqualTo(session);
  }

  @Test
  void versionAndGenerationThatStandInTheClearAreHeldByTheSeal() {
    assertThat(seal.open(session.secret(), at(6, 3))).isNull();
    assertThat(seal.open(session.secret(), at(5, 2))).isNull();
    assertThat(seal.open(session.secret(), at(5, 4))).isNull();
    assertThat(seal.open(session.secret(), at(3, 5))).isNull();
    assertThat(seal.open(session.secret(), at(5, 3))).isNotNull();
  }

  @Test
  void aNoteOfUseThatIsGoneOrOlderThanTheLoginCountsAsTheLogin() {
    SealedSession forgotten =
        new SealedSession(session.key(), sealed.tokens(), sealed.metadata(), 5, 3, 0, 0);

    Session opened = Objects.requireNonNull(seal.open(session.secret(), forgotten));

    assertThat(opened.lastSeenAtMillis()).isEqualTo(NOW);
  }

  @Test
  void twoSealsOfOneSessionHaveNothingInCommonButTheHeader() {
    SealedSession again = seal.seal(session);

    assertThat(Arrays.mismatch(again.tokens(), sealed.tokens())).isBetween(4, 8);
    assertThat(Arrays.mismatch(again.metadata(), sealed.metadata())).isBetween(4, 8);
  }

  private SealedSession at(long version, long generation) {
    return new SealedSession(
        session.key(), sealed.tokens(), sealed.metadata(), version, generation, 0, NOW);
  }

  private byte[] place(long version, long generation) {
    return ByteBuffer.allocate(49)
        .put((byte) 1)
        .put(Hkdf.derive(SECRET, "limen/lookup/1", 32))
        .putLong(version)
        .putLong(generation)
        .array();
  }

  private byte[] origin(long createdAtMillis, long endsAtMillis, String provider) {
    return ByteBuffer.allocate(65 + provider.length())
        .put(place(5, 3))
        .putLong(createdAtMillis)
        .putLong(endsAtMillis)
        .put(provider.getBytes(UTF_8))
        .array();
  }

  private void assertThatStaysShut(byte[] half, byte[] associatedData) {
    assertThatThrownBy(() -> open(sealed.tokens(), half, "limen/b/1", associatedData))
        .isInstanceOf(AEADBadTagException.class);
  }

  /** Opens without the key ring: HKDF and AES-GCM of the JDK, and the layout as literals. */
  private static byte[] open(byte[] sealed, byte[] half, String label, byte[] associatedData)
      throws GeneralSecurityException {
    byte[] material =
        ByteBuffer.allocate(half.length + RING_KEY.length).put(half).put(RING_KEY).array();
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(Hkdf.derive(material, label, 32), "AES"),
        new GCMParameterSpec(128, sealed, 4, 12));
    cipher.updateAAD(new byte[] {1, 2, 'k', '1'});
    cipher.updateAAD(associatedData);
    return cipher.doFinal(sealed, 16, sealed.length - 16);
  }

  private static byte[] filled(int value) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
