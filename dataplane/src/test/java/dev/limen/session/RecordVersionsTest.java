package dev.limen.session;

import static dev.limen.session.SessionFixtures.HOUR;
import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.identity;
import static dev.limen.session.SessionFixtures.present;
import static dev.limen.session.SessionFixtures.renewed;
import static dev.limen.session.SessionFixtures.tokens;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.crypto.KeyRing;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.metrics.Metrics;
import dev.limen.session.memory.MemoryStore;
import dev.limen.session.v1.SessionMetadata;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A record is read by the version that wrote it, by the one after it, and by the one before. */
class RecordVersionsTest {
  private static final byte[] RING_KEY = filled(1);
  private static final SessionSecret SECRET = SessionSecret.of(filled(7));

  /** A session of alice as Limen wrote it in November 2026, before a login's moment was in it. */
  private static final SealedSession RECORDED =
      record(
          "AQJrMYFkBfIrhB/ewhEIBRoDZWz41ZwgN+vbj04gD9A/5/tlf4eaRWgM4BfxKaPANLZm778RNRAye/"
              + "q4k0hn9Ieu",
          "AQJrMYaISig/oWYruYKNYwEzOC1ueAmIPZKhBHI5HEAoWUFUCf63xM3kQ9opvqMzsiwGE2j+u4pSIp"
              + "vFXycPwJo7rarYYu9Wl6nujX5l8XyUY3dIsjCnEbLWvY30yQoR0W8xVw6sZjJRDnTij9J/idiEsYvg"
              + "Vm3Im4bjxUQBAsr0YNVQDr/MSS/02cNNQGJUlNMknKnDVvqtyW56ioBBbbloNe/Fveqd+DdZm+4iDK"
              + "7phkyko2STBlTSPzFGuJHjqvVe7UNB32V/u7kOQ2Ifu2YwKtDHNWUa3FkvfBrOUBH6jNsvvhtBHLEB"
              + "QeVnd0B3");

  private final KeyRing ring = KeyRing.of(List.of(new KeyRing.Key("k1", RING_KEY)));
  private final MemoryStore store = new MemoryStore();
  private final Sessions sessions =
      new Sessions(store, ring, SessionFixtures.config(), new Metrics());

  private static byte[] filled(int filling) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) filling);
    return bytes;
  }

  private static SealedSession record(String tokens, String metadata) {
    return record(Base64.getDecoder().decode(tokens), Base64.getDecoder().decode(metadata));
  }

  private static SealedSession record(byte[] tokens, byte[] metadata) {
    return new SealedSession(SECRET.key(), tokens, metadata, 5, 3, NOW + HOUR, NOW + 1_000);
  }

  private SessionLookup find(SealedSession record) {
    answer(store.create(record));
    return answer(sessions.find(SECRET, NOW + 2_000));
  }

  private static void assertAlices(SessionLookup lookup) {
    assertThat(lookup)
        .isInstanceOfSatisfying(
            SessionLookup.Found.class,
            found -> {
              Session session = found.session();
              assertThat(session.identity()).isEqualTo(identity("alice"));
              assertThat(session.tokens()).isEqualTo(tokens(3));
              assertThat(session.createdAtMillis()).isEqualTo(NOW);
              assertThat(session.absoluteExpiresAtMillis()).isEqualTo(NOW + HOUR);
            });
  }

  @Test
  void aRecordOfTheVersionBeforeIsRead() {
    assertAlices(find(RECORDED));
  }

  @Test
  void andRenewed() {
    Session session = ((SessionLookup.Found) find(RECORDED)).session();
    Session renewed =
        present(renewed(sessions, session, tokens(4), identity("alice"), NOW + 2_000));
    assertThat(answer(sessions.find(SECRET, NOW + 2_000)))
        .isEqualTo(new SessionLookup.Found(renewed));
  }

  @Test
  void aFieldThatTheVersionAfterHasAddedIsPassedOver() throws Exception {
    byte[] place = place();
    byte[] metadata = withFieldOfTomorrow(opened("limen/m/1", none(), place, RECORDED.metadata()));
    byte[] placeAndOrigin = placeAndOrigin(place, SessionMetadata.parseFrom(metadata));
    byte[] tokens =
        withFieldOfTomorrow(
            opened("limen/b/1", SECRET.userKey(), placeAndOrigin, RECORDED.tokens()));

    assertAlices(
        find(
            record(
                ring.seal("limen/b/1", SECRET.userKey(), placeAndOrigin, tokens),
                ring.seal("limen/m/1", none(), place, metadata))));
  }

  private static byte[] none() {
    return new byte[0];
  }

  private byte[] opened(String label, byte[] secret, byte[] place, byte[] sealed) {
    return Objects.requireNonNull(ring.open(label, secret, place, sealed));
  }

  /** Field 2047, a text, which no message has. */
  private static byte[] withFieldOfTomorrow(byte[] message) {
    byte[] longer = Arrays.copyOf(message, message.length + 5);
    byte[] field = {(byte) 0xfa, 0x7f, 0x02, 'h', 'i'};
    System.arraycopy(field, 0, longer, message.length, field.length);
    return longer;
  }

  private static byte[] place() {
    return ByteBuffer.allocate(49)
        .put((byte) 1)
        .put(SECRET.key().toBytes())
        .putLong(5)
        .putLong(3)
        .array();
  }

  private static byte[] placeAndOrigin(byte[] place, SessionMetadata metadata) {
    return ByteBuffer.allocate(place.length + 16 + metadata.getProvider().length())
        .put(place)
        .putLong(metadata.getCreatedAtMillis())
        .putLong(metadata.getAbsoluteExpiresAtMillis())
        .put(metadata.getProvider().getBytes(UTF_8))
        .array();
  }

  @ParameterizedTest
  @CsvSource({"true, false", "false, true", "true, true"})
  void aFormatThatIsNotKnownYetIsTroubleAndTheRecordStays(boolean tokens, boolean metadata) {
    SealedSession tomorrow =
        record(
            tokens ? ofNextFormat(RECORDED.tokens()) : RECORDED.tokens(),
            metadata ? ofNextFormat(RECORDED.metadata()) : RECORDED.metadata());

    assertThatThrownBy(() -> find(tomorrow))
        .cause()
        .isInstanceOf(UnknownKeyException.class)
        .hasMessage("a later version of Limen sealed this: format=2");
    assertThat(answer(store.load(SECRET.key()))).isNotNull();
  }

  private static byte[] ofNextFormat(byte[] sealed) {
    byte[] next = sealed.clone();
    next[0] = 2;
    return next;
  }
}
