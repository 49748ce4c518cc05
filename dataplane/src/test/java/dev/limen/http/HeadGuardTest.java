package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The guard's states, one byte at a time. */
class HeadGuardTest {
  private static final String GOOD =
      "GET /a?b=c HTTP/1.1\r\nhost: a\r\nx-y:\r\ncookie: a=1; b=\u00e9\t\r\n\r\n";

  /** Where reading {@code head} ends, when the first {@code split} bytes come first. */
  private static HeadGuard.State read(String head, int split) {
    byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuf in = Unpooled.buffer(bytes.length);
    HeadGuard guard = new HeadGuard();
    in.writeBytes(bytes, 0, split);
    HeadGuard.State state = guard.read(in);
    if (state == HeadGuard.State.DONE || state == HeadGuard.State.REFUSED) {
      return state;
    }
    in.writeBytes(bytes, split, bytes.length - split);
    return guard.read(in);
  }

  @Test
  @DisplayName("a head that is split at any byte is the same head")
  void aHeadThatIsSplitAtAnyByteIsTheSameHead() {
    for (String head :
        List.of(GOOD, GOOD.replace("x-y:", "x y:"), GOOD.replace("\r\n\r\n", "\n"))) {
      HeadGuard.State whole = read(head, head.length());
      for (int split = 0; split < head.length(); split++) {
        assertThat(read(head, split)).as("split at %d", split).isEqualTo(whole);
      }
    }
  }

  @Test
  @DisplayName("a head is done at its last byte and not before")
  void aHeadIsDoneAtItsLastByteAndNotBefore() {
    for (int length = 0; length < GOOD.length(); length++) {
      String start = GOOD.substring(0, length);
      assertThat(read(start, length)).isNotIn(HeadGuard.State.DONE, HeadGuard.State.REFUSED);
    }
    assertThat(read(GOOD + "rest", GOOD.length() + 4)).isEqualTo(HeadGuard.State.DONE);
  }

  @Test
  @DisplayName("the method has a limit, and the head as a whole has one")
  void theMethodAndTheHeadHaveLimits() {
    String method = "M".repeat(HeadGuard.MAX_METHOD_BYTES);
    String start = "GET / HTTP/1.1\r\na:";
    int rest = HeadGuard.MAX_HEAD_BYTES - start.length() - "\r\n\r\n".length();
    String most = start + "x".repeat(rest) + "\r\n\r\n";

    assertThat(read(method + " / HTTP/1.1\r\n\r\n", 0)).isEqualTo(HeadGuard.State.DONE);
    assertThat(read(method + "M / HTTP/1.1\r\n\r\n", 0)).isEqualTo(HeadGuard.State.REFUSED);
    assertThat(most).hasSize(HeadGuard.MAX_HEAD_BYTES);
    assertThat(read(most, 0)).isEqualTo(HeadGuard.State.DONE);
    assertThat(read("\r\n" + most, 0)).isEqualTo(HeadGuard.State.DONE);
    assertThat(read(most.replace("a:", "aa:"), 0)).isEqualTo(HeadGuard.State.REFUSED);
  }
}
