package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Lookups by name, of entries and of lines. */
final class HeaderTableTest {
  private static final byte[] COOKIE = AsciiWord.of("cookie");
  private static final byte[] ACCEPT = AsciiWord.of("accept");

  private final byte[] bytes = AsciiWord.of("cookie a=1 Cookie b=2 accept */*");
  private final HeaderTable table = new HeaderTable();

  HeaderTableTest() {
    table.reset(bytes);
  }

  private long word(int index) {
    int start = 0;
    for (int i = 0; i < index; i++) {
      start = indexOfSpace(start) + 1;
    }
    return Span.of(start, indexOfSpace(start));
  }

  private int indexOfSpace(int from) {
    int index = from;
    while (index < bytes.length && bytes[index] != ' ') {
      index++;
    }
    return index;
  }

  private String text(long span) {
    return new String(bytes, Span.start(span), Span.length(span), StandardCharsets.US_ASCII);
  }

  @Test
  void anEmptyTableHasNoHeader() {
    assertThat(table.find(COOKIE)).isEqualTo(Span.ABSENT);
    assertThat(table.count(COOKIE)).isZero();
    assertThat(table.next(COOKIE, 0)).isEqualTo(-1);
  }

  @Test
  void aHeaderOutsideTheTableIsAMistakeOfTheCaller() {
    assertThatThrownBy(() -> table.nameAt(0)).hasMessage("index=0 size=0");
    assertThatThrownBy(() -> table.valueAt(-1)).hasMessage("index=-1 size=0");
  }

  /** As in {@code HttpRequest.headers}. */
  @Nested
  class Entries {
    Entries() {
      table.putEntry(word(0), word(1));
      table.putEntry(word(4), word(5));
    }

    @Test
    void areFoundByName() {
      assertThat(text(table.find(COOKIE))).isEqualTo("a=1");
      assertThat(text(table.find(ACCEPT))).isEqualTo("*/*");
      assertThat(table.find(AsciiWord.of("cooki"))).isEqualTo(Span.ABSENT);
    }

    @Test
    void ofOneNameAreOneTheLast() {
      table.putEntry(word(2), word(3));

      assertThat(text(table.find(COOKIE))).isEqualTo("b=2");
      assertThat(table.count(COOKIE)).isEqualTo(1);
      assertThat(table.next(COOKIE, 0)).isEqualTo(2);
      assertThat(table.next(COOKIE, 3)).isEqualTo(-1);
    }

    @Test
    void giveWayToLines() {
      table.addLine(word(2), word(3));
      table.putEntry(word(4), word(5));

      assertThat(table.size()).isEqualTo(1);
      assertThat(text(table.find(COOKIE))).isEqualTo("b=2");
      assertThat(table.find(ACCEPT)).isEqualTo(Span.ABSENT);
    }
  }

  /** As a client sent them. */
  @Nested
  class Lines {
    Lines() {
      table.addLine(word(0), word(1));
      table.addLine(word(4), word(5));
      table.addLine(word(2), word(3));
    }

    @Test
    void ofOneNameAreAmbiguousTogetherAndReadOneByOne() {
      assertThat(table.find(COOKIE)).isEqualTo(Span.AMBIGUOUS);
      assertThat(table.count(COOKIE)).isEqualTo(2);
      int first = table.next(COOKIE, 0);
      int second = table.next(COOKIE, first + 1);
      assertThat(text(table.valueAt(first))).isEqualTo("a=1");
      assertThat(text(table.valueAt(second))).isEqualTo("b=2");
      assertThat(text(table.nameAt(second))).isEqualTo("Cookie");
      assertThat(table.next(COOKIE, second + 1)).isEqualTo(-1);
    }

    @Test
    void aloneOfTheirNameAreFound() {
      assertThat(text(table.find(ACCEPT))).isEqualTo("*/*");
    }

    @Test
    void areForgottenOnReset() {
      table.reset(bytes);
      table.putEntry(word(4), word(5));

      assertThat(table.size()).isEqualTo(1);
      assertThat(table.find(COOKIE)).isEqualTo(Span.ABSENT);
    }

    @Test
    void areForgottenWithTheirBytesOnClear() {
      table.clear();

      assertThat(table.size()).isZero();
      assertThat(table.bytes()).isEmpty();
    }
  }

  @Test
  void aTableHoldsItsLimitAndNotOneMore() {
    for (int i = 0; i < HeaderTable.MAX_HEADERS; i++) {
      assertThat(table.addLine(word(0), word(1))).isTrue();
    }
    assertThat(table.addLine(word(0), word(1))).isFalse();
    assertThat(table.size()).isEqualTo(HeaderTable.MAX_HEADERS);
  }
}
