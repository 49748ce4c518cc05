package dev.limen.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;

/**
 * Writes the answers to unary calls on one connection, without flushing.
 *
 * <pre>
 *   Response      = (Response-Headers Length-Prefixed-Message Trailers) / Trailers-Only
 *   Trailers-Only = HTTP-Status Content-Type Trailers               gRPC, PROTOCOL-HTTP2.md
 * </pre>
 *
 * <p>Invariant: a message goes out with its headers and its trailers or not at all, and a stream
 * gets one answer. A client that goes on sending after a refusal is read to its end and not reset,
 * since Envoy takes a reset for an error of its own. Confined to its event loop; the encoder
 * releases what it is given.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails closes the connection.
final class CallWriter {
  private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
  private static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");
  private static final AsciiString GRPC_MESSAGE = AsciiString.cached("grpc-message");
  private static final AsciiString GRPC_ACCEPT_ENCODING =
      AsciiString.cached("grpc-accept-encoding");
  private static final AsciiString IDENTITY = AsciiString.cached("identity");
  private static final AsciiString APPLICATION_GRPC = AsciiString.cached("application/grpc");
  private static final AsciiString STATUS_200 = AsciiString.cached("200");
  private static final int PREFIX_BYTES = 5;

  private static final Http2Headers RESPONSE_HEADERS =
      ReadOnlyHttp2Headers.serverHeaders(true, STATUS_200, CONTENT_TYPE, APPLICATION_GRPC);
  private static final Http2Headers TRAILERS_OK =
      ReadOnlyHttp2Headers.trailers(true, GRPC_STATUS, AsciiString.cached(GrpcStatus.OK.number()));

  private final Http2ConnectionEncoder encoder;

  CallWriter(Http2ConnectionEncoder encoder) {
    this.encoder = encoder;
  }

  /** Headers, the message, trailers; never an empty message, which to Envoy is an allow. */
  void message(ChannelHandlerContext ctx, int streamId, byte[] message) {
    if (message.length == 0) {
      throw new IllegalArgumentException("an answer must hold a message: bytes=0");
    }
    ByteBuf data = ctx.alloc().buffer(PREFIX_BYTES + message.length);
    data.writeByte(0).writeInt(message.length).writeBytes(message);
    encoder.writeHeaders(ctx, streamId, RESPONSE_HEADERS, 0, false, ctx.newPromise());
    encoder.writeData(ctx, streamId, data, 0, false, ctx.newPromise());
    encoder.writeHeaders(ctx, streamId, TRAILERS_OK, 0, true, ctx.newPromise());
  }

  /** A gRPC error and no message. */
  void error(ChannelHandlerContext ctx, int streamId, GrpcStatus status, String reason) {
    Http2Headers headers =
        new DefaultHttp2Headers()
            .status(STATUS_200)
            .set(CONTENT_TYPE, APPLICATION_GRPC)
            .set(GRPC_STATUS, status.number())
            .set(GRPC_MESSAGE, reason);
    if (status == GrpcStatus.UNIMPLEMENTED) {
      headers.set(GRPC_ACCEPT_ENCODING, IDENTITY);
    }
    trailersOnly(ctx, streamId, headers);
  }

  /** What is not gRPC gets an answer of HTTP. */
  void httpError(ChannelHandlerContext ctx, int streamId, String status) {
    trailersOnly(ctx, streamId, new DefaultHttp2Headers().status(status));
  }

  /** Nothing was done, and nothing will be. */
  void reset(ChannelHandlerContext ctx, int streamId, Http2Error why) {
    encoder.writeRstStream(ctx, streamId, why.code(), ctx.newPromise());
  }

  private void trailersOnly(ChannelHandlerContext ctx, int streamId, Http2Headers headers) {
    encoder.writeHeaders(ctx, streamId, headers, 0, true, ctx.newPromise());
  }
}
