package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.limen.extauthz.CheckRequestReader.Result;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Nothing is built between the bytes and the spans. */
final class CheckRequestAllocationTest {
  private static final int ROUNDS = 20_000;

  private final byte[] map = Golden.of("grpc-istio/h1-browser-cookie-1k").bytes();
  private final byte[] lines = Golden.of("grpc-rawheaders/h1-browser-cookie-60").bytes();
  private final CheckRequestReader reader = new CheckRequestReader();
  private final TallySink sink = new TallySink(1_000);
  private long found;

  @Test
  void readingARequestMakesNoGarbage() {
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
    sink.reset(message);
    Result result = reader.read(message, 0, message.length, sink);
    if (result == Result.OK && sink.hasPathAndCookie()) {
      found++;
    }
  }
}
