package dev.limen.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnknownFieldSet;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written, and where it ends. */
final class ByteWriterTest {
  @ParameterizedTest
  @ValueSource(
      longs = {
        0,
        1,
        127,
        128,
        16_383,
        16_384,
        Integer.MAX_VALUE,
        Long.MAX_VALUE,
        -1,
        Long.MIN_VALUE
      })
  void aVarintIsAsShortAsItCanBe(long value) throws Exception {
    ByteWriter out = new ByteWriter(10);
    out.writeVarint(value);
    byte[] expected = new byte[CodedOutputStream.computeUInt64SizeNoTag(value)];
    CodedOutputStream.newInstance(expected).writeUInt64NoTag(value);

    assertThat(out.toByteArray()).isEqualTo(expected);
    assertThat(ByteWriter.varintLength(value)).isEqualTo(expected.length);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 300, 16_383, 16_384, 70_000})
  void aNestedMessageHasItsLengthBeforeItWhateverThatIs(int length) throws Exception {
    byte[] content = new byte[length];
    Arrays.fill(content, (byte) 'x');
    ByteWriter out = new ByteWriter(100_000);
    int outer = out.beginMessage(1);
    int inner = out.beginMessage(2000);
    out.writeField(3, content);
    out.endMessage(inner);
    out.writeVarintField(4, 5);
    out.endMessage(outer);
    out.writeField(6, "\u00fc");

    UnknownFieldSet message = UnknownFieldSet.parseFrom(out.toByteArray());
    UnknownFieldSet nested =
        UnknownFieldSet.parseFrom(message.getField(1).getLengthDelimitedList().getFirst());
    UnknownFieldSet innermost =
        UnknownFieldSet.parseFrom(nested.getField(2000).getLengthDelimitedList().getFirst());
    assertThat(innermost.getField(3).getLengthDelimitedList().getFirst().toByteArray())
        .isEqualTo(content);
    assertThat(nested.getField(4).getVarintList()).containsExactly(5L);
    assertThat(message.getField(6).getLengthDelimitedList().getFirst().toStringUtf8())
        .isEqualTo("\u00fc");
    assertThat(message.toByteArray()).isEqualTo(out.toByteArray());
  }

  @Test
  void aSpanIsCopied() {
    ByteWriter out = new ByteWriter(10);
    out.write(new byte[] {1, 2, 3, 4}, Span.of(1, 3));
    out.writeByte(9);

    assertThat(out.toByteArray()).containsExactly(2, 3, 9);
    assertThat(Arrays.copyOf(out.array(), out.length())).containsExactly(2, 3, 9);
  }

  @Test
  void aWriterTakesItsLimitAndNotOneByteMore() {
    ByteWriter out = new ByteWriter(1_000);
    out.write(new byte[1_000]);

    assertThatIllegalStateException()
        .isThrownBy(() -> out.writeByte(0))
        .withMessage("a writer must not pass its limit: limit=1000 needed=1001");
    assertThat(out.length()).isEqualTo(1_000);
  }

  @Test
  void aFieldThatDoesNotFitIsNotBegun() {
    ByteWriter out = new ByteWriter(5);
    out.writeByte(1);

    assertThatIllegalStateException().isThrownBy(() -> out.writeField(1, new byte[3]));
    assertThatIllegalStateException().isThrownBy(() -> out.writeVarintField(1, 1L << 30));
    assertThat(out.toByteArray()).containsExactly(1);
    out.writeField(1, new byte[2]);
    assertThat(out.length()).isEqualTo(5);
  }

  @Test
  void aLengthThatDoesNotFitLeavesTheMessageAsItWas() {
    ByteWriter out = new ByteWriter(130);
    int start = out.beginMessage(1);
    out.write(new byte[128]);
    byte[] before = out.toByteArray();

    assertThatIllegalStateException().isThrownBy(() -> out.endMessage(start));
    assertThat(out.toByteArray()).isEqualTo(before);
  }

  @Test
  void whatWasClearedIsOverwritten() {
    ByteWriter out = new ByteWriter(1_000);
    out.write(new byte[] {1, 2, 3});
    byte[] array = out.array();
    out.clear();

    assertThat(out.length()).isZero();
    assertThat(array).containsOnly(0);
  }

  @Test
  void anArrayThatWasOutgrownIsOverwritten() {
    ByteWriter out = new ByteWriter(1_000);
    out.write(new byte[] {1, 2, 3});
    byte[] array = out.array();
    out.write(new byte[900]);

    assertThat(out.array()).isNotSameAs(array).startsWith(1, 2, 3);
    assertThat(array).containsOnly(0);
  }

  @Test
  void aLimitIsPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ByteWriter(0))
        .withMessage("limit must be positive: limit=0");
  }
}
