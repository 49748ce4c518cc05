package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.limen.check.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What an exchange keeps of a body. */
class ExchangeTest {
  private static final RequestHandler NOBODY =
      new RequestHandler() {
        @Override
        public void handle(RequestHead head, Exchange exchange) {}

        @Override
        public void refused(Reason reason) {}

        @Override
        public void turnedAway() {}
      };

  private static Exchange exchange() {
    HttpConnection connection =
        new HttpConnection(new EmbeddedChannel(), NOBODY, Duration.ofSeconds(10));
    return new Exchange(connection, Exchange.Shape.NO_REQUEST);
  }

  @Test
  void keepsEachPieceBehindTheOneBefore() {
    Exchange exchange = exchange();
    assertThat(exchange.body()).isEmpty();
    for (String piece : new String[] {"a", "bcd", "", "efghij"}) {
      exchange.keep(Unpooled.wrappedBuffer(piece.getBytes(StandardCharsets.US_ASCII)));
    }
    assertThat(exchange.body()).asString().isEqualTo("abcdefghij");
  }

  @Test
  void aBodyThatComesByteByByteCostsAFewTimesItsLength() {
    int length = 8 * 1024;
    Exchange exchange = exchange();
    ByteBuf one = Unpooled.wrappedBuffer(new byte[] {'x'});
    exchange.keep(one);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 1; i < length; i++) {
      exchange.keep(one);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(exchange.body()).hasSize(length);
    assertThat(allocated).isLessThan(8L * length);
  }
}
