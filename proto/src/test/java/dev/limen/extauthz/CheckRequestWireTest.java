package dev.limen.extauthz;

import static dev.limen.extauthz.Wire.concat;
import static dev.limen.extauthz.Wire.http;
import static dev.limen.extauthz.Wire.mapHeader;
import static dev.limen.extauthz.Wire.message;
import static dev.limen.extauthz.Wire.number;
import static dev.limen.extauthz.Wire.tag;
import static dev.limen.extauthz.Wire.text;
import static dev.limen.extauthz.Wire.varint;
import static dev.limen.extauthz.Wire.varintOfLength;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.extauthz.CheckRequestModel.Line;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The wire format under a CheckRequest, legal and hostile. Each message goes to protobuf-java as
 * well, and the two must agree; so must whoever makes a check of what the reader reads, whose own
 * test extends this one.
 */
public class CheckRequestWireTest {
  private static final int PATH = 4;
  private static final int HOST = 5;

  /** What everybody reads in this message. */
  protected CheckRequestModel read(byte[] message) {
    return Agreement.read(message);
  }

  /** The message is malformed, and everybody says so. */
  protected void refuse(byte[] message) {
    Agreement.refuse(message);
  }

  /** Fields that Limen does not know, or has no use for. */
  @Nested
  @DisplayName("C103 unknown fields")
  class UnknownFields {
    @ParameterizedTest
    @ValueSource(ints = {50, 1000, (1 << 29) - 1})
    void areSkippedWhateverTheirWireType(int field) {
      byte[] unknown =
          concat(
              number(field, -1),
              concat(tag(field, 1), new byte[8]),
              message(field, new byte[300]),
              Wire.group(field, text(PATH, "/inside"), number(1, 7), Wire.group(2, number(3, 4))),
              concat(tag(field, 5), new byte[4]));
      byte[] inHttp = http(unknown, text(PATH, "/a"), unknown, mapHeader("cookie", "b"), unknown);
      CheckRequestModel model = read(concat(unknown, inHttp, unknown));

      assertThat(model.value("path")).isEqualTo("/a");
      assertThat(model.map()).containsExactlyEntriesOf(Map.of("cookie", "b"));
    }

    @Test
    void areSkippedInEveryMessage() {
      byte[] unknown = concat(number(77, 1), Wire.group(78, text(1, "x")));
      byte[] socket = message(1, unknown, text(2, "192.0.2.1"), unknown, number(3, 443));
      byte[] peer = message(1, unknown, message(1, unknown, socket), unknown);
      byte[] headerMap =
          message(13, unknown, message(1, unknown, text(1, "a"), text(3, "b")), unknown);
      byte[] request = message(4, unknown, message(2, unknown, headerMap), unknown);
      CheckRequestModel model = read(message(1, unknown, peer, request, unknown));

      assertThat(model.value("source")).isEqualTo("192.0.2.1");
      assertThat(model.port()).isEqualTo(443);
      assertThat(model.lines()).containsExactly(new Line("a", "b"));
    }

    @Test
    void inGroupsAHundredDeepAreSkipped() {
      assertThat(read(concat(nestedGroups(100), http(text(PATH, "/")))).value("path"))
          .isEqualTo("/");
    }

    @Test
    void inGroupsOneDeeperAreMalformed() {
      refuse(nestedGroups(101));
    }

    @Test
    void countTheMessagesAroundThem() {
      assertThat(read(http(nestedGroups(97), text(PATH, "/"))).value("path")).isEqualTo("/");
      refuse(http(nestedGroups(98), text(PATH, "/")));
    }

    @Test
    void inAHundredThousandGroupsAreMalformedWithoutRecursion() {
      byte[] open = new byte[100_000];
      Arrays.fill(open, (byte) 0x9b);
      refuse(open);
      refuse(concat(varintOfLength(1, 0x13), open));
    }
  }

  /** Numbers, and what tags and lengths are written as. */
  @Nested
  @DisplayName("C109 C110 varints")
  class Varints {
    @Test
    void needNotBeTheShortest() {
      byte[] prefix = concat(varintOfLength(3, PATH << 3 | 2), varintOfLength(5, 2));

      assertThat(read(http(prefix, new byte[] {'/', 'a'})).value("path")).isEqualTo("/a");
      assertThat(read(http(concat(tag(9, 0), varintOfLength(10, 3)))).size()).isEqualTo(3);
    }

    @Test
    void ofTenBytesMayHoldANegativeSize() {
      assertThat(varint(Long.MIN_VALUE)).hasSize(10);
      assertThat(read(http(number(9, Long.MIN_VALUE))).size()).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void ofElevenBytesAreMalformed() {
      refuse(http(concat(tag(9, 0), varintOfLength(11, 3))));
      refuse(http(concat(tag(70, 0), varintOfLength(11, 3))));
      refuse(http(concat(varintOfLength(11, PATH << 3 | 2), varint(1), new byte[] {'/'})));
      refuse(http(concat(tag(PATH, 2), varintOfLength(11, 1), new byte[] {'/'})));
    }

    /** protobuf-java accepts this one where its bytes lie at hand, see PatientInput. */
    @Test
    void ofTenBytesMustEndWithTheTenth() {
      byte[] value = HexFormat.of().parseHex("97a0ffff979797979797");
      refuse(concat(tag(4, 0), value));
      refuse(http(concat(tag(9, 0), value)));
      value[9] = 0x01;
      assertThat(read(concat(tag(4, 0), value, http(text(PATH, "/")))).value("path"))
          .isEqualTo("/");
    }

    @Test
    void areTakenByTheirLowBitsWhereATagOrALengthIsMeant() {
      byte[] length = concat(tag(PATH, 2), varint((1L << 32) + 1), new byte[] {'/'});
      byte[] wideTag = concat(varint((1L << 32) + (HOST << 3 | 2)), varint(1), new byte[] {'h'});
      CheckRequestModel model = read(http(length, wideTag));

      assertThat(model.value("path")).isEqualTo("/");
      assertThat(model.value("host")).isEqualTo("h");
    }
  }

  /** Values that say how long they are. */
  @Nested
  @DisplayName("C111 C112 lengths")
  class Lengths {
    @Test
    void beyondTheEnclosingMessageAreMalformed() {
      byte[] tooLong = concat(tag(PATH, 2), varint(3), new byte[] {'/', 'a'});
      byte[] after = text(99, "there are bytes after it, but they are not its own");

      refuse(concat(http(tooLong), after));
      refuse(concat(message(1, message(4, tag(2, 2), varint(100))), after));
      refuse(concat(http(concat(tag(3, 2), varint(4), tag(1, 2), varint(3)), after)));
    }

    @Test
    void ofSkippedValuesAreHeldToTheEnclosingMessage() {
      byte[] after = new byte[20];
      refuse(concat(http(concat(tag(99, 2), varint(1))), after));
      refuse(concat(http(concat(tag(99, 1), new byte[7])), message(99, after)));
      refuse(concat(http(concat(tag(99, 5), new byte[3])), message(99, after)));
      refuse(concat(http(tag(99, 0)), message(99, after)));
    }

    @Test
    void belowZeroAreMalformed() {
      refuse(http(concat(tag(PATH, 2), varint(-1))));
      refuse(http(concat(tag(PATH, 2), varint(0x8000_0000L))));
      refuse(http(concat(tag(PATH, 2), varint(Integer.MAX_VALUE))));
      refuse(http(concat(tag(99, 2), varint(Integer.MAX_VALUE))));
    }
  }

  /** What stands before every value. */
  @Nested
  @DisplayName("C113 tags")
  class Tags {
    @Test
    void withFieldZeroAreMalformed() {
      for (int wireType = 0; wireType < 6; wireType++) {
        refuse(concat(varint(wireType), new byte[9]));
        refuse(http(concat(varint(wireType), new byte[9])));
      }
      refuse(http(message(3, text(0, "x"))));
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 7})
    void withAWireTypeThatIsNoneAreMalformed(int wireType) {
      refuse(concat(tag(1, wireType), new byte[9]));
      refuse(http(concat(tag(PATH, wireType), new byte[9])));
      refuse(http(concat(tag(99, wireType), new byte[9])));
      refuse(http(Wire.group(99, concat(tag(1, wireType), new byte[9]))));
    }

    @Test
    void thatEndAGroupNobodyBeganAreMalformed() {
      refuse(tag(1, 4));
      refuse(http(tag(2, 4)));
      refuse(http(text(PATH, "/"), tag(99, 4)));
      refuse(http(message(3, tag(1, 4))));
    }

    @Test
    void thatEndAnotherGroupThanTheLastOpenedAreMalformed() {
      refuse(concat(tag(98, 3), tag(99, 4)));
      refuse(concat(tag(98, 3), tag(99, 3), tag(98, 4), tag(99, 4)));
    }

    @Test
    void thatBeginAGroupNobodyEndsAreMalformed() {
      refuse(tag(99, 3));
      refuse(concat(http(tag(99, 3)), tag(99, 4)));
      refuse(http(concat(tag(99, 3), text(PATH, "/"))));
    }
  }

  private static byte[] nestedGroups(int depth) {
    byte[] groups = new byte[2 * depth];
    Arrays.fill(groups, 0, depth, (byte) (9 << 3 | 3));
    Arrays.fill(groups, depth, 2 * depth, (byte) (9 << 3 | 4));
    return groups;
  }
}
