package dev.limen.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Takes heads that {@link HeadGuard} has seen whole, and none while the connection has as many
 * requests under way as it may; bodies are read by Netty's decoder.
 *
 * <pre>
 *   HEAD --guard DONE--> BODY --last content--> HEAD         HEAD --any refusal--> REFUSED
 *     '--guard DONE, no body--> HEAD
 * </pre>
 *
 * <p>Netty is told about the body by a head of our own making, of one line: no byte of the client's
 * head is read twice, or by two readers that might disagree.
 *
 * <p>Invariant: after a refusal, ours or Netty's, no byte of the connection becomes a request (RFC
 * 9112, section 11.2: smuggling). Confined to its event loop.
 */
final class RequestDecoder extends HttpRequestDecoder {
  /** The line before a chunk, with its extensions. */
  static final int MAX_CHUNK_LINE_BYTES = 4 * 1024;

  /** All lines after the last chunk together, without their ends. */
  static final int MAX_TRAILER_BYTES = 8 * 1024;

  /** Of a body, handed on in one piece to be dropped. */
  private static final int PIECE_BYTES = 8 * 1024;

  /** What Netty keeps for a chunk's line, for the life of a connection that had a chunked body. */
  private static final int LINE_BUFFER_BYTES = 128;

  private static final String CHUNKED_LINE = "transfer-encoding: chunked";

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
            .setMaxInitialLineLength(MAX_CHUNK_LINE_BYTES)
            // Netty counts the lines after a body together with those before it: with ours.
            .setMaxHeaderSize(CHUNKED_LINE.length() + MAX_TRAILER_BYTES)
            .setMaxChunkSize(PIECE_BYTES)
            .setInitialBufferSize(LINE_BUFFER_BYTES)
            .setChunkedSupported(true)
            .setAllowPartialChunks(true)
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
      case BODY -> decodeBody(ctx, in, out);
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
      out.add(new HeadRefusal(guard.refusal(), null));
    } else if (state == HeadGuard.State.DONE) {
      RequestHead head = guard.takeHead(in);
      HttpResponseStatus refusal = RequestRules.refusal(head);
      if (refusal == null) {
        begin(ctx, head, out);
      } else {
        mode = Mode.REFUSED;
        out.add(new HeadRefusal(refusal, head));
      }
    }
  }

  private void begin(ChannelHandlerContext ctx, RequestHead head, List<Object> out)
      throws Exception {
    out.add(head);
    long length = RequestRules.bodyLength(head);
    if (length == 0) {
      out.add(LastHttpContent.EMPTY_LAST_CONTENT);
      return;
    }
    mode = Mode.BODY;
    String framing = length == RequestRules.CHUNKED ? CHUNKED_LINE : "content-length: " + length;
    String told = "POST / HTTP/1.1\r\n" + framing + "\r\n\r\n";
    List<Object> request = new ArrayList<>(1);
    super.decode(ctx, Unpooled.copiedBuffer(told, StandardCharsets.US_ASCII), request);
    assert request.size() == 1 : "messages=" + request.size();
  }

  private void decodeBody(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    super.decode(ctx, in, out);
    if (mode == Mode.BODY && !out.isEmpty() && out.getLast() instanceof LastHttpContent) {
      mode = Mode.HEAD;
    }
  }
}
