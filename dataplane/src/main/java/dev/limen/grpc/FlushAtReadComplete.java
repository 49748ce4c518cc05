package dev.limen.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;

/**
 * When a connection's answers leave: those written while reading go out together when the read is
 * complete, those that come later together at the loop's next turn.
 *
 * <p>Invariant: what was written is flushed within one turn of the loop. Confined to it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails closes the connection.
final class FlushAtReadComplete {
  private boolean reading;
  private boolean scheduled;

  void readBegins() {
    reading = true;
  }

  /** The connection flushes now. */
  void readCompletes() {
    reading = false;
  }

  /** Something was written. */
  void written(ChannelHandlerContext ctx) {
    if (!reading && !scheduled) {
      scheduled = true;
      Channel channel = ctx.channel();
      ctx.executor().execute(() -> flush(channel));
    }
  }

  private void flush(Channel channel) {
    scheduled = false;
    channel.flush();
  }
}
