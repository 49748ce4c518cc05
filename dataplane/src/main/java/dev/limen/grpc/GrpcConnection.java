package dev.limen.grpc;

import dev.limen.check.Reason;
import dev.limen.config.ServerConfig.GrpcConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.timeout.IdleStateEvent;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One gateway's connection: widens its window, and goes away in two steps.
 *
 * <pre>
 *   NO --drain--> ANNOUNCED ----ack, or 1 s----> LAST_STREAM_KNOWN --no stream open--> ENDED
 *       GOAWAY 2^31-1, PING      GOAWAY last stream                  FIN, close
 * </pre>
 *
 * <p>Invariant: a stream that the second GOAWAY does not refuse is answered before the connection
 * closes. Envoy acts on the first GOAWAY alone and never asks again (RFC 9113, section 6.8; seen:
 * one step lost 43 of 51,094 checks, two steps none of 59,849). Confined to its event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails closes the connection.
final class GrpcConnection extends Http2ConnectionHandler {
  /** For all streams together; the protocol starts every connection with 65,535 bytes. */
  static final int CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;

  /** From the connection's first moment to the client's preface and settings. */
  static final int PREFACE_SECONDS = 10;

  /** From the client's settings to its word that it has ours (RFC 9113, section 6.5.3). */
  static final int SETTINGS_ACK_SECONDS = 10;

  /** How long the first GOAWAY may travel when the PING's answer does not come. */
  static final int PING_SECONDS = 1;

  /** How long a connection that has nothing more to say waits for the client's end. */
  static final int LINGER_SECONDS = 1;

  private static final TimeUnit SECONDS = TimeUnit.SECONDS;
  private static final long DRAIN_PING = 0x4c696d656e447261L;

  /** How far the connection is on its way out. */
  private enum Leaving {
    NO,
    ANNOUNCED,
    LAST_STREAM_KNOWN,
    ENDED
  }

  /** What the client has yet to say before the connection is open. */
  private enum Opening {
    PREFACE,
    SETTINGS_ACK,
    DONE
  }

  private final GrpcService service;
  private final FlushAtReadComplete flush;
  private final LateMessages late;
  private Leaving leaving = Leaving.NO;
  private Opening opening = Opening.PREFACE;
  private @Nullable Future<?> openingDeadline;
  private @Nullable ChannelHandlerContext context;

  GrpcConnection(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      GrpcService service,
      GrpcConfig limits) {
    super(decoder, encoder, settings, true);
    this.service = service;
    flush = new FlushAtReadComplete();
    UnfinishedBytes unfinished = new UnfinishedBytes(limits.maxUnfinishedBytes());
    CallListener calls = new CallListener(service, encoder, flush, unfinished);
    late = new LateMessages(connection(), calls, limits.messageTimeout());
    decoder.frameListener(new ControlFrames(calls, limits.maxConcurrentStreams()));
    connection().addListener(new ClosedStreams(calls));
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    super.channelActive(ctx);
    context = ctx;
    widenWindow();
    ctx.flush();
    openingDeadline = ctx.executor().schedule(() -> openingIsLate(ctx), PREFACE_SECONDS, SECONDS);
    if (service.leaving().get()) {
      drain();
    }
  }

  private void widenWindow() throws Http2Exception {
    Http2LocalFlowController window = connection().local().flowController();
    Http2Stream whole = connection().connectionStream();
    window.incrementWindowSize(whole, CONNECTION_WINDOW_BYTES - window.windowSize(whole));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    stopWaiting();
    late.stop();
    super.channelInactive(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) throws Exception {
    flush.readBegins();
    super.channelRead(ctx, bytes);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    flush.readCompletes();
    late.watch(ctx);
    super.channelReadComplete(ctx);
  }

  /** Nothing was read for long: with nothing under way the connection leaves as in a drain. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof IdleStateEvent && connection().numActiveStreams() == 0) {
      drain();
    }
    super.userEventTriggered(ctx, event);
  }

  /** What Netty refuses on one stream; what we could not write there was no request. */
  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException refused) {
    // What was still on its way when its stream ended is no request more.
    if (!outbound && refused.error() != Http2Error.STREAM_CLOSED) {
      service.figures().refused(reason(refused));
    }
    super.onStreamError(ctx, outbound, cause, refused);
  }

  /** What ends the connection: a flood is noticed where its answers are written, too. */
  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception refused) {
    if (refused != null) {
      service.figures().refused(Reason.PROTOCOL_ERROR);
    }
    super.onConnectionError(ctx, outbound, cause, refused);
  }

  private static Reason reason(Http2Exception.StreamException refused) {
    if (refused instanceof Http2Exception.HeaderListSizeException) {
      return Reason.REQUEST_TOO_LARGE;
    }
    return refused.error() == Http2Error.REFUSED_STREAM
        ? Reason.TOO_MANY_REQUESTS
        : Reason.PROTOCOL_ERROR;
  }

  /** Begins to leave; the connection closes itself. On its event loop. */
  void drain() {
    ChannelHandlerContext ctx = context;
    if (ctx == null || leaving != Leaving.NO || !ctx.channel().isActive()) {
      return;
    }
    leaving = Leaving.ANNOUNCED;
    sayGoAway(ctx, Integer.MAX_VALUE);
    encoder().writePing(ctx, false, DRAIN_PING, ctx.newPromise());
    flush(ctx);
    ctx.executor().schedule(() -> nameLastStream(ctx), PING_SECONDS, SECONDS);
  }

  private void nameLastStream(ChannelHandlerContext ctx) {
    if (leaving != Leaving.ANNOUNCED || !ctx.channel().isActive()) {
      return;
    }
    leaving = Leaving.LAST_STREAM_KNOWN;
    sayGoAway(ctx, connection().remote().lastStreamCreated());
    flush(ctx);
    endIfIdle(ctx);
  }

  /**
   * Past Netty's own bookkeeping, which would end the connection at the first DATA of a stream that
   * came after the second GOAWAY: such a stream is answered like any other, and does no harm.
   */
  private void sayGoAway(ChannelHandlerContext ctx, int lastStreamId) {
    long noError = Http2Error.NO_ERROR.code();
    frameWriter().writeGoAway(ctx, lastStreamId, noError, Unpooled.EMPTY_BUFFER, ctx.newPromise());
  }

  private void endIfIdle(ChannelHandlerContext ctx) {
    if (leaving == Leaving.LAST_STREAM_KNOWN && connection().numActiveStreams() == 0) {
      leaving = Leaving.ENDED;
      ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> end(ctx));
    }
  }

  /** The client reads to the end before the socket goes: a close with input unread would reset. */
  private static void end(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    if (channel instanceof DuplexChannel duplex && duplex.isActive()) {
      duplex.shutdownOutput();
      ctx.executor().schedule(() -> channel.close(), LINGER_SECONDS, SECONDS);
    } else {
      channel.close();
    }
  }

  private void openingIsLate(ChannelHandlerContext ctx) {
    if (opening == Opening.PREFACE) {
      service.figures().refused(Reason.REQUEST_INCOMPLETE);
      ctx.close();
    } else {
      Http2Error late = Http2Error.SETTINGS_TIMEOUT;
      onError(ctx, false, Http2Exception.connectionError(late, "the settings were not answered"));
    }
  }

  private void stopWaiting() {
    if (openingDeadline != null) {
      openingDeadline.cancel(false);
      openingDeadline = null;
    }
  }

  /** What the connection itself has to know of the frames. */
  private final class ControlFrames extends Http2FrameListenerDecorator {
    private final CallListener calls;
    private final int maxConcurrentStreams;

    ControlFrames(CallListener calls, int maxConcurrentStreams) {
      super(calls);
      this.calls = calls;
      this.maxConcurrentStreams = maxConcurrentStreams;
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
        throws Http2Exception {
      if (opening == Opening.PREFACE) {
        opening = Opening.SETTINGS_ACK;
        stopWaiting();
        openingDeadline =
            ctx.executor().schedule(() -> openingIsLate(ctx), SETTINGS_ACK_SECONDS, SECONDS);
      }
      super.onSettingsRead(ctx, settings);
    }

    /** The gateway knows the limit: from now on a stream beyond it is refused, and it alone. */
    @Override
    public void onSettingsAckRead(ChannelHandlerContext ctx) throws Http2Exception {
      opening = Opening.DONE;
      stopWaiting();
      connection().remote().maxActiveStreams(GrpcConnectionBuilder.MAX_STREAMS);
      calls.limitStreams(maxConcurrentStreams);
      super.onSettingsAckRead(ctx);
    }

    /** The gateway leaves: what it asked is answered, and then there is nothing more to say. */
    @Override
    public void onGoAwayRead(
        ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData)
        throws Http2Exception {
      super.onGoAwayRead(ctx, lastStreamId, errorCode, debugData);
      drain();
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      if (data == DRAIN_PING) {
        nameLastStream(ctx);
      }
      super.onPingAckRead(ctx, data);
    }
  }

  /** Tells calls that their stream is gone, and the connection that it may go. */
  private final class ClosedStreams extends Http2ConnectionAdapter {
    private final CallListener calls;

    ClosedStreams(CallListener calls) {
      this.calls = calls;
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
      calls.streamClosed(stream);
      if (context != null) {
        endIfIdle(context);
      }
    }
  }
}
