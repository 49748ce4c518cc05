package dev.limen.extauthz;

import static dev.limen.extauthz.Wire.concat;
import static dev.limen.extauthz.Wire.http;
import static dev.limen.extauthz.Wire.mapHeader;
import static dev.limen.extauthz.Wire.message;
import static dev.limen.extauthz.Wire.number;
import static dev.limen.extauthz.Wire.source;
import static dev.limen.extauthz.Wire.tag;
import static dev.limen.extauthz.Wire.text;
import static dev.limen.extauthz.Wire.varint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.extauthz.CheckRequestModel.Line;
import dev.limen.extauthz.CheckRequestReader.Result;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a CheckRequest may look like and what it must not. Each message goes to protobuf-java as
 * well, and the two must agree; so must whoever makes a check of what the reader reads, whose own
 * test extends this one.
 */
public class CheckRequestReaderTest {
  private static final int PATH = 4;
  private static final int HOST = 5;

  /** What everybody reads in this message. */
  protected CheckRequestModel read(byte[] message) {
    return Agreement.read(message);
  }

  /** The same, where Envoy's classes want text to be UTF-8 or look into what Limen skips. */
  protected CheckRequestModel readAsItIs(byte[] message) {
    return CheckRequestModel.read(message);
  }

  @Test
  @DisplayName("C104 out of order")
  void fieldsMayComeInAnyOrder() {
    byte[] entry = message(3, text(2, "sid=1"), text(1, "cookie"));
    byte[] fields =
        message(2, text(10, "HTTP/2"), text(6, "https"), text(HOST, "h"), text(PATH, "/"), entry);
    byte[] time = message(1, number(1, 7));
    byte[] socket = message(1, message(1, number(3, 1), text(2, "::1")));
    CheckRequestModel model = read(message(1, message(4, fields, time), message(1, socket)));

    assertThat(model.map()).containsEntry("cookie", "sid=1");
    assertThat(model.value("host")).isEqualTo("h");
    assertThat(model.value("protocol")).isEqualTo("HTTP/2");
    assertThat(model.value("source")).isEqualTo("::1");
  }

  @Test
  @DisplayName("C105 duplicate scalars")
  void ofARepeatedValueTheLastCounts() {
    CheckRequestModel model =
        read(
            http(
                text(PATH, "/first"),
                text(HOST, "first"),
                text(PATH, "/last"),
                text(HOST, "last"),
                number(9, 1),
                number(9, -2)));

    assertThat(model.value("path")).isEqualTo("/last");
    assertThat(model.value("host")).isEqualTo("last");
    assertThat(model.size()).isEqualTo(-2);
  }

  @Test
  @DisplayName("C105 duplicate scalars")
  void anEmptyLastValueIsEmpty() {
    assertThat(read(http(text(PATH, "/first"), text(PATH, ""))).value("path")).isEmpty();
  }

  @Test
  @DisplayName("C106 duplicate messages")
  void repeatedMessagesAreMerged() {
    byte[] first = http(text(PATH, "/first"), mapHeader("a", "1"), mapHeader("b", "1"));
    byte[] second = http(text(HOST, "second"), mapHeader("b", "2"));
    byte[] third = message(1, message(4, message(2, text(2, "GET")), message(2, text(6, "https"))));
    CheckRequestModel model = read(concat(first, second, third));

    assertThat(model.value("path")).isEqualTo("/first");
    assertThat(model.value("host")).isEqualTo("second");
    assertThat(model.value("method")).isEqualTo("GET");
    assertThat(model.value("scheme")).isEqualTo("https");
    assertThat(model.map()).containsEntry("a", "1").containsEntry("b", "2").hasSize(2);
  }

  @Test
  @DisplayName("C106 duplicate messages")
  void repeatedHeaderMapsAreJoined() {
    byte[] one = message(13, message(1, text(1, "a"), text(3, "1")));
    byte[] two = message(13, message(1, text(1, "a"), text(3, "2")));

    assertThat(read(http(one, text(PATH, "/"), two)).lines())
        .containsExactly(new Line("a", "1"), new Line("a", "2"));
  }

  /** Entries of {@code headers}. */
  @Nested
  @DisplayName("C107 C108 map entries")
  class MapEntries {
    @Test
    void ofEqualKeysTheLastEntryCounts() {
      assertThat(read(http(mapHeader("cookie", "a"), mapHeader("cookie", "b"))).map())
          .containsEntry("cookie", "b")
          .hasSize(1);
    }

    @Test
    void mayLackTheirKeyTheirValueOrBoth() {
      assertThat(read(http(message(3))).map()).containsEntry("", "").hasSize(1);
      assertThat(read(http(message(3, text(1, "k")))).map()).containsEntry("k", "").hasSize(1);
      assertThat(read(http(message(3, text(2, "v")))).map()).containsEntry("", "v").hasSize(1);
    }

    @Test
    void mayRepeatTheirKeyAndValue() {
      byte[] entry =
          message(3, text(1, "a"), text(2, "1"), text(2, "2"), text(1, "b"), text(2, "3"));
      assertThat(read(http(entry)).map()).containsEntry("b", "3").hasSize(1);
    }

    @Test
    void mayHoldUnknownFields() {
      byte[] entry = message(3, number(1, 5), text(1, "a"), Wire.group(3), number(2, 5));
      assertThat(read(http(entry)).map()).containsEntry("a", "").hasSize(1);
    }

    @Test
    void doNotInheritFromTheEntryBefore() {
      assertThat(read(http(mapHeader("a", "1"), message(3, text(1, "b")))).map())
          .containsEntry("a", "1")
          .containsEntry("b", "");
    }
  }

  @Test
  @DisplayName("C114 wrong wire type for a known field")
  void aKnownFieldOfAnotherWireTypeIsUnknown() {
    byte[] path = number(PATH, 7);
    byte[] host = concat(tag(HOST, 5), new byte[4]);
    byte[] method = concat(tag(2, 1), new byte[8]);
    byte[] entry = Wire.group(3, text(1, "cookie"), text(2, "x"));
    byte[] size = message(9, varint(5));
    CheckRequestModel model = read(http(path, host, method, entry, size));

    assertThat(model.values()).isEmpty();
    assertThat(model.map()).isEmpty();
    assertThat(model.size()).isZero();
  }

  @Test
  @DisplayName("C115 invalid UTF-8")
  void bytesThatAreNoUtf8AreTakenAsTheyAre() throws Exception {
    byte[] odd = Wire.bytes(0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0);
    byte[] message = http(message(PATH, odd), message(3, text(1, "a"), message(2, odd)));
    CheckRequestModel model = readAsItIs(message);

    assertThat(model.value("path")).isEqualTo(CheckRequestModel.latin1(odd));
    assertThat(model.map()).containsEntry("a", CheckRequestModel.latin1(odd));
    assertThat(model).isEqualTo(ReducedOracle.read(message));
  }

  /** Headers as {@code encode_raw_headers} sends them. */
  @Nested
  @DisplayName("C116 C117 header_map")
  class HeaderMap {
    @Test
    void keepsRepeatedNamesAndTheirOrder() {
      byte[] map =
          message(
              13,
              message(1, text(1, "cookie"), text(3, "a=1")),
              message(1, text(1, "x"), message(3, Wire.bytes(0xff, 0))),
              message(1, text(1, "cookie"), text(3, "b=2")));
      assertThat(read(http(map)).lines())
          .containsExactly(
              new Line("cookie", "a=1"), new Line("x", "\u00ff\0"), new Line("cookie", "b=2"));
    }

    @Test
    void prefersTheRawValueWhereverItStands() {
      byte[] map =
          message(
              13,
              message(1, text(3, "raw"), text(1, "a"), text(2, "value")),
              message(1, text(1, "b"), text(2, "value")),
              message(1, text(1, "c"), text(3, ""), text(2, "value")),
              message(1));
      assertThat(read(http(map)).lines())
          .containsExactly(
              new Line("a", "raw"),
              new Line("b", "value"),
              new Line("c", "value"),
              new Line("", ""));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void winsOverTheMapWhicheverComesFirst(boolean first) {
      byte[] map = message(13, message(1, text(1, "cookie"), text(3, "list")));
      byte[] entry = mapHeader("cookie", "map");
      byte[] message = first ? http(map, entry) : http(entry, map);

      assertThat(read(message).headers()).isEqualTo(read(http(map)).headers());
    }

    @Test
    void withoutAHeaderLeavesTheMap() {
      assertThat(read(http(mapHeader("a", "1"), message(13))).headers())
          .isEqualTo(Map.of("a", "1"));
    }
  }

  @Test
  @DisplayName("C118 :path differs from path")
  void aPseudoHeaderIsAHeaderAndNotTheField() {
    CheckRequestModel model =
        read(
            http(
                text(2, "GET"),
                mapHeader(":path", "/public"),
                mapHeader(":authority", "other"),
                mapHeader(":method", "OPTIONS"),
                text(PATH, "/private"),
                text(HOST, "host")));

    assertThat(model.value("path")).isEqualTo("/private");
    assertThat(model.value("host")).isEqualTo("host");
    assertThat(model.value("method")).isEqualTo("GET");
    assertThat(model.map()).containsEntry(":path", "/public");
  }

  /** The peer of the connection to Envoy. */
  @Nested
  @DisplayName("C119 source")
  class Source {
    @Test
    void thatIsEmptyHasNoAddress() {
      assertThat(read(source()).values()).isEmpty();
      assertThat(read(source(message(1))).values()).isEmpty();
      assertThat(read(source(message(1, message(1)))).values()).isEmpty();
    }

    @Test
    void thatIsAPipeOrEnvoyItselfHasNoAddress() {
      assertThat(read(source(message(1, message(2, text(1, "/run/x"))))).values()).isEmpty();
      assertThat(read(source(message(1, message(3, text(1, "listener"))))).values()).isEmpty();
    }

    @Test
    void thatBecomesAPipeLosesItsAddressAndPort() throws Exception {
      byte[] socket = message(1, message(1, text(2, "192.0.2.1"), number(3, 80)));
      byte[] pipe = message(1, message(2, text(1, "/run/x")));
      byte[] addressOnly = message(1, message(1, text(2, "192.0.2.2")));

      assertThat(read(source(socket, pipe)).values()).isEmpty();
      // Envoy's Java classes keep the port of the socket before the pipe, against the encoding
      // specification and against Envoy's own C++ classes: their builders forget nothing.
      byte[] again = source(socket, pipe, addressOnly);
      assertThat(readAsItIs(again)).isEqualTo(ReducedOracle.read(again));
      assertThat(CheckRequestModel.read(again).value("source")).isEqualTo("192.0.2.2");
      assertThat(CheckRequestModel.read(again).port()).isZero();
    }

    @Test
    void mayHaveANamedPortWhichIsNoNumber() {
      byte[] named = message(1, message(1, text(2, "h"), number(3, 80), text(4, "http")));
      assertThat(read(source(named)).port()).isZero();
      byte[] numbered = message(1, message(1, text(2, "h"), text(4, "http"), number(3, 80)));
      assertThat(read(source(numbered)).port()).isEqualTo(80);
    }

    @Test
    void isNotTheDestination() {
      byte[] socket = message(1, message(1, text(2, "192.0.2.1"), number(3, 80)));
      assertThat(read(message(1, message(2, socket))).values()).isEmpty();
    }
  }

  @Test
  @DisplayName("C120 deep Struct in metadata_context")
  void deeplyNestedMetadataIsSkippedUnread() throws Exception {
    byte[] opened = new byte[100_000];
    Arrays.fill(opened, (byte) 0x0a);
    byte[] message = concat(message(1, message(11, opened)), http(text(PATH, "/")));

    assertThat(readAsItIs(message).value("path")).isEqualTo("/");
    assertThat(ReducedOracle.read(message).value("path")).isEqualTo("/");
  }

  /** What is too much, and what is nothing. */
  @Nested
  @DisplayName("C121 and limits")
  class Limits {
    @Test
    void anEmptyMessageIsWholeAndSaysNothing() {
      CheckRequestModel model = read(new byte[0]);

      assertThat(model.values()).isEmpty();
      assertThat(model.headers()).isEqualTo(Map.of());
    }

    @Test
    void aMessageAtTheLimitIsRead() {
      byte[] message = padded(CheckRequestReader.MAX_BYTES);
      assertThat(read(message).value("path")).isEqualTo("/");
    }

    @Test
    void aMessageOneByteLongerIsNot() {
      byte[] message = padded(CheckRequestReader.MAX_BYTES + 1);
      assertThat(CheckRequestModel.resultOf(message)).isEqualTo(Result.TOO_LARGE);
    }

    @Test
    void asManyHeadersAsTheSinkTakesAreRead() {
      assertThat(resultWithRoomFor(3, http(new byte[] {0x1a, 0, 0x1a, 0, 0x1a, 0})))
          .isEqualTo(Result.OK);
      assertThat(resultWithRoomFor(2, http(message(13, new byte[] {0x0a, 0, 0x0a, 0}))))
          .isEqualTo(Result.OK);
    }

    @Test
    void oneHeaderMoreIsTooMany() {
      assertThat(resultWithRoomFor(2, http(new byte[] {0x1a, 0, 0x1a, 0, 0x1a, 0})))
          .isEqualTo(Result.TOO_MANY_HEADERS);
    }

    @Test
    void oneLineMoreIsTooMany() {
      assertThat(resultWithRoomFor(1, http(message(13, new byte[] {0x0a, 0, 0x0a, 0}))))
          .isEqualTo(Result.TOO_MANY_HEADERS);
    }

    private byte[] padded(int length) {
      byte[] path = http(text(PATH, "/"));
      int prefix = tag(99, 2).length + varint(length).length;
      byte[] message = concat(path, message(99, new byte[length - path.length - prefix]));
      assertThat(message).hasSize(length);
      return message;
    }

    private Result resultWithRoomFor(int room, byte[] message) {
      return new CheckRequestReader().read(message, 0, message.length, new TallySink(room));
    }
  }
}
