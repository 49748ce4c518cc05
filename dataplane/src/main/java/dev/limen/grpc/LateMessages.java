package dev.limen.grpc;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends the streams of one connection whose messages do not come to an end.
 *
 * <pre>
 *   IDLE --a stream is open--> WATCHING --messageTimeout--> each stream that was open at the
 *    ^                            ^                         beginning, and whose message has not
 *    |                            |                         ended since, is late
 *    +------ no stream open ------+------ others open ------+
 * </pre>
 *
 * <p>Invariant: a stream whose side the gateway has not ended after {@code messageTimeout} is ended
 * before twice as much has passed, and none earlier; one that waits for our answer is none of them.
 * One timer for the connection, since one for each call would cost every check. Confined to its
 * event loop.
 */
final class LateMessages {
  private final Http2Connection connection;
  private final CallListener calls;
  private final long timeoutNanos;
  private @Nullable Future<?> timer;
  private int newestWatched;

  LateMessages(Http2Connection connection, CallListener calls, Duration messageTimeout) {
    this.connection = connection;
    this.calls = calls;
    timeoutNanos = messageTimeout.toNanos();
  }

  /** Frames were read: there may be streams to watch. */
  void watch(ChannelHandlerContext ctx) {
    if (timer == null && connection.numActiveStreams() > 0) {
      newestWatched = connection.remote().lastStreamCreated();
      timer = ctx.executor().schedule(() -> sweep(ctx), timeoutNanos, TimeUnit.NANOSECONDS);
    }
  }

  /** The connection is gone. */
  void stop() {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  private void sweep(ChannelHandlerContext ctx) {
    timer = null;
    try {
      connection.forEachActiveStream(stream -> endIfLate(ctx, stream));
    } catch (Http2Exception e) {
      throw new IllegalStateException("none of the visits throws one", e);
    }
    watch(ctx);
  }

  private boolean endIfLate(ChannelHandlerContext ctx, Http2Stream stream) {
    if (stream.id() <= newestWatched && stream.state().remoteSideOpen()) {
      calls.messageIsLate(ctx, stream);
    }
    return true;
  }
}
