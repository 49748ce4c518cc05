package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import dev.limen.extauthz.CheckRequestReader.Result;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Nothing is built between the bytes and the spans. */
final class CheckRequestAllocationTest {
  private static final int ROUNDS = 20_000;
  private static final byte[] COOKIE = AsciiWord.of("cookie");
  private static final byte[] MISSING = AsciiWord.of("x-not-there");

  private final byte[] map = Golden.of("grpc-istio/h1-browser-cookie-1k").bytes();
  private final byte[] lines = Golden.of("grpc-rawheaders/h1-browser-cookie-60").bytes();
  private final CheckRequestReader reader = new CheckRequestReader();
  private final CheckRequestSpans spans = new CheckRequestSpans();
  private long found;

  @Test
  void readingARequestAndLookingUpItsHeadersMakesNoGarbage() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    readAll();
    long before = threads.getCurrentThreadAllocatedBytes();
    readAll();
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(found).isEqualTo(4L * ROUNDS);
    // The measurement itself allocates a little; one object a request would be 640,000 bytes.
    assertThat(allocated).isLessThan(ROUNDS);
  }

  private void readAll() {
    for (int i = 0; i < ROUNDS; i++) {
      read(map);
      read(lines);
    }
  }

  private void read(byte[] message) {
    spans.reset(message);
    Result result = reader.read(message, 0, message.length, spans);
    long cookie = spans.headers().find(COOKIE);
    boolean missing = spans.headers().find(MISSING) == Span.ABSENT;
    if (result == Result.OK && Span.isPresent(cookie) && missing) {
      found++;
    }
    spans.clear();
  }
}
