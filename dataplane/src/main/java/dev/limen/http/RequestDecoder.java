package dev.limen.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Netty's request decoder behind {@link HeadGuard}: it sees a head when the guard has seen all of
 * it, and none while the connection has as many requests under way as it may.
 *
 * <pre>
 *   HEAD --guard DONE--> BODY --last content--> HEAD         HEAD --guard REFUSED--> REFUSED
 * </pre>
 *
 * <p>Invariant: after a refusal, ours or Netty's, no byte of the connection becomes a request (RFC
 * 9112, section 11.2: smuggling). Confined to its event loop.
 */
final class RequestDecoder extends HttpRequestDecoder {
  /** What is being read. */
  private enum Mode {
    HEAD,
    BODY,
    REFUSED
  }

  private final HeadGuard guard = new HeadGuard();
  private final BooleanSupplier mayDecode;
  private Mode mode = Mode.HEAD;
  private boolean inputEnded;

  /**
   * @param mayDecode whether the connection takes another request now; if it said no, it calls
   *     {@link #resume} later
   */
  RequestDecoder(BooleanSupplier mayDecode) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(HeadGuard.MAX_TARGET_BYTES + HeadGuard.MAX_METHOD_BYTES + 64)
            .setMaxHeaderSize(HeadGuard.MAX_FIELD_BYTES)
            .setAllowDuplicateContentLengths(false)
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true)
            .setValidateHeaders(true));
    this.mayDecode = mayDecode;
  }

  /** Whether some of a message has arrived, and not all of it. */
  boolean isMidMessage() {
    return mode == Mode.BODY || (mode == Mode.HEAD && guard.isUnderWay());
  }

  /** Decodes what was held back. */
  void resume(ChannelHandlerContext ctx) throws Exception {
    channelRead(ctx, Unpooled.EMPTY_BUFFER);
  }

  /** From now on no byte of the connection counts. */
  void refuseTheRest() {
    mode = Mode.REFUSED;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    switch (mode) {
      case HEAD -> decodeHead(ctx, in, out);
      case BODY -> decodeByNetty(ctx, in, out);
      case REFUSED -> in.skipBytes(in.readableBytes());
    }
  }

  /** The client has said all: what was held back is all there is, and bounded by one read. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    inputEnded |= event instanceof ChannelInputShutdownEvent;
    super.userEventTriggered(ctx, event);
  }

  private void decodeHead(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    if (!inputEnded && !mayDecode.getAsBoolean()) {
      return;
    }
    HeadGuard.State state = guard.read(in);
    if (state == HeadGuard.State.REFUSED) {
      mode = Mode.REFUSED;
      in.skipBytes(in.readableBytes());
      out.add(new HeadRefusal(guard.refusal()));
    } else if (state == HeadGuard.State.DONE) {
      mode = Mode.BODY;
      decodeByNetty(ctx, in, out);
    }
  }

  private void decodeByNetty(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    super.decode(ctx, in, out);
    if (mode == Mode.BODY && !out.isEmpty() && out.getLast() instanceof LastHttpContent) {
      guard.reset();
      mode = Mode.HEAD;
    }
  }
}
