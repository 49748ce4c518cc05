package dev.limen.grpc;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.PendingCheck;
import dev.limen.check.Reason;
import dev.limen.extauthz.CheckRequestReader;
import dev.limen.extauthz.HealthCheck;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes the frames of one connection and answers the calls that they make up.
 *
 * <p>Invariant: each call gets one answer, in any order, and none after its stream is closed; a
 * call that is not exactly one whole message never becomes a check. The path alone says what is
 * called: {@code :authority} is whatever the operator's cluster is called, and {@code :scheme}
 * whatever Envoy fell back to. Source: gRPC's PROTOCOL-HTTP2.md, health.proto.
 *
 * <p>Confined to its event loop. Whoever calls keeps and releases the buffers.
 */
final class CallListener extends Http2FrameAdapter {
  /** Between Limen's own answer and the client's giving up. */
  static final long TIMEOUT_MARGIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final AsciiString CHECK =
      AsciiString.cached("/envoy.service.auth.v3.Authorization/Check");
  private static final AsciiString HEALTH = AsciiString.cached("/grpc.health.v1.Health/Check");
  private static final AsciiString POST = AsciiString.cached("POST");
  private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
  private static final AsciiString APPLICATION_GRPC = AsciiString.cached("application/grpc");
  private static final AsciiString GRPC_TIMEOUT = AsciiString.cached("grpc-timeout");
  private static final AsciiString GRPC_ENCODING = AsciiString.cached("grpc-encoding");
  private static final AsciiString IDENTITY = AsciiString.cached("identity");

  private static final Set<String> SERVICES =
      Set.of("", "envoy.service.auth.v3.Authorization", "grpc.health.v1.Health");
  private static final byte[] SERVING = HealthCheck.ServingStatus.SERVING.toResponse();
  private static final byte[] NOT_SERVING = HealthCheck.ServingStatus.NOT_SERVING.toResponse();

  private final GrpcService service;
  private final FlushAtReadComplete flush;
  private final Http2Connection connection;
  private final Http2Connection.PropertyKey callKey;
  private final CallWriter writer;
  private final CheckRequestFiller filler = new CheckRequestFiller();
  private final UnfinishedBytes unfinished;
  private int streamLimit = GrpcConnectionBuilder.MAX_STREAMS;

  CallListener(
      GrpcService service,
      Http2ConnectionEncoder encoder,
      FlushAtReadComplete flush,
      UnfinishedBytes unfinished) {
    this.service = service;
    this.flush = flush;
    this.unfinished = unfinished;
    this.connection = encoder.connection();
    this.callKey = connection.newKey();
    this.writer = new CallWriter(encoder);
  }

  /** From now on a stream beyond {@code count} is refused. */
  void limitStreams(int count) {
    streamLimit = count;
  }

  /** The stream is gone, for whatever reason. */
  void streamClosed(Http2Stream stream) {
    Call call = stream.removeProperty(callKey);
    if (call != null) {
      call.close();
    }
  }

  /**
   * The gateway's side of the stream should have ended by now. Who was not answered yet is; then
   * nobody reads there any more.
   */
  void messageIsLate(ChannelHandlerContext ctx, Http2Stream stream) {
    Call call = stream.getProperty(callKey);
    if (call != null && !call.isAnswered()) {
      GrpcStatus late = GrpcStatus.DEADLINE_EXCEEDED;
      refuse(ctx, call, late, Reason.REQUEST_INCOMPLETE, "the message did not arrive in time");
    }
    writer.reset(ctx, stream.id(), Http2Error.NO_ERROR);
    flush.written(ctx);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean end) {
    Call call = callOf(streamId);
    if (call == null) {
      call = begin(ctx, streamId, headers);
    }
    if (end && call != null) {
      end(ctx, call);
    }
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int dependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean end) {
    onHeadersRead(ctx, streamId, headers, padding, end);
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean end) {
    int processed = data.readableBytes() + padding;
    Call call = callOf(streamId);
    if (call != null && !call.isAnswered()) {
      refuseIfBroken(ctx, call, call.assembly().add(data));
    }
    if (end && call != null) {
      end(ctx, call);
    }
    return processed;
  }

  private @Nullable Call callOf(int streamId) {
    Http2Stream stream = connection.stream(streamId);
    return stream == null ? null : stream.getProperty(callKey);
  }

  /** What the headers say; null when they were answered. */
  private @Nullable Call begin(ChannelHandlerContext ctx, int streamId, Http2Headers headers) {
    Http2Stream stream = connection.stream(streamId);
    if (stream == null || stream.isHeadersSent()) {
      return null;
    }
    if (connection.numActiveStreams() > streamLimit) {
      service.figures().refused(Reason.TOO_MANY_REQUESTS);
      writer.reset(ctx, streamId, Http2Error.REFUSED_STREAM);
      flush.written(ctx);
    } else if (!POST.contentEquals(orEmpty(headers.method()))) {
      refuseHttp(ctx, streamId, "405", Reason.METHOD_NOT_ALLOWED);
    } else if (!isGrpc(orEmpty(headers.get(CONTENT_TYPE)))) {
      refuseHttp(ctx, streamId, "415", Reason.CONTENT_TYPE_REFUSED);
    } else {
      return begin(ctx, stream, headers);
    }
    return null;
  }

  private @Nullable Call begin(
      ChannelHandlerContext ctx, Http2Stream stream, Http2Headers headers) {
    CharSequence path = orEmpty(headers.path());
    boolean check = CHECK.contentEquals(path);
    if (!check && !HEALTH.contentEquals(path)) {
      service.figures().refused(Reason.NOT_FOUND);
      writer.error(ctx, stream.id(), GrpcStatus.UNIMPLEMENTED, "no such method");
      flush.written(ctx);
      return null;
    }
    CharSequence encoding = headers.get(GRPC_ENCODING);
    Call call =
        new Call(
            stream.id(),
            check ? Call.Method.CHECK : Call.Method.HEALTH,
            GrpcTimeout.nanos(headers.get(GRPC_TIMEOUT)),
            encoding != null && !IDENTITY.contentEquals(encoding),
            new MessageAssembly(unfinished));
    stream.setProperty(callKey, call);
    return call;
  }

  private void refuseIfBroken(ChannelHandlerContext ctx, Call call, MessageAssembly.State state) {
    switch (state) {
      case PREFIX, MESSAGE, WHOLE -> {}
      case TOO_MANY_BYTES -> refuse(ctx, call, "bytes after the one message of a unary call");
      case BAD_FLAG -> refuse(ctx, call, "a flag that gRPC does not have");
      case TOO_LONG -> refuseTooLarge(ctx, call, "the message is longer than a check");
      case COMPRESSED ->
          refuse(
              ctx,
              call,
              call.encodingNamed() ? GrpcStatus.UNIMPLEMENTED : GrpcStatus.INTERNAL,
              Reason.COMPRESSION_REFUSED,
              "compression is not spoken here");
      case NO_ROOM ->
          refuse(
              ctx,
              call,
              GrpcStatus.RESOURCE_EXHAUSTED,
              Reason.TOO_MUCH_UNFINISHED,
              "too many messages are unfinished");
    }
  }

  private void end(ChannelHandlerContext ctx, Call call) {
    if (call.isAnswered()) {
      return;
    }
    if (call.assembly().state() != MessageAssembly.State.WHOLE) {
      refuse(ctx, call, "the call ended before its message did");
    } else if (call.timeoutNanos() == 0) {
      GrpcStatus late = GrpcStatus.DEADLINE_EXCEEDED;
      refuse(ctx, call, late, Reason.DEADLINE_EXCEEDED, "no time was given");
    } else {
      byte[] message = call.assembly().takeMessage();
      switch (call.method()) {
        case CHECK -> check(ctx, call, message);
        case HEALTH -> health(ctx, call, message);
      }
    }
  }

  private void health(ChannelHandlerContext ctx, Call call, byte[] message) {
    long name = HealthCheck.readService(message, Span.of(0, message.length));
    if (!Span.isPresent(name)) {
      refuse(ctx, call, "not a HealthCheckRequest");
    } else if (!SERVICES.contains(text(message, name))) {
      refuse(ctx, call, GrpcStatus.NOT_FOUND, Reason.NOT_FOUND, "no such service");
    } else {
      answer(ctx, call, service.serving().getAsBoolean() ? SERVING : NOT_SERVING);
    }
  }

  private void check(ChannelHandlerContext ctx, Call call, byte[] message) {
    long started = System.nanoTime();
    CheckRequest request = filler.fill(message, started + patienceNanos(call));
    if (request == null && filler.result() == CheckRequestReader.Result.MALFORMED) {
      refuse(ctx, call, "not a CheckRequest");
    } else if (request == null) {
      refuseTooLarge(ctx, call, "more headers than a check may have");
    } else if (!request.target().isWhole()) {
      decide(ctx, call, request, new Decision.Deny(400, Reason.REQUEST_MALFORMED), started);
    } else {
      PendingCheck pending =
          new PendingCheck(
              ctx.executor(), decision -> decide(ctx, call, request, decision, started));
      call.waitFor(() -> {
        if (pending.cancel()) {
          service.figures().cancelled(request);
        }
      });
      pending.ask(service.checks(), request);
    }
  }

  /** How long this answer may take: of a short timeout half is kept, so that there is an answer. */
  private long patienceNanos(Call call) {
    long timeout = call.timeoutNanos();
    long client = Math.max(timeout - TIMEOUT_MARGIN_NANOS, timeout / 2);
    return Math.min(service.deadlineNanos(), client);
  }

  private void decide(
      ChannelHandlerContext ctx, Call call, CheckRequest request, Decision decision, long started) {
    if (call.isAnswered()) {
      return;
    }
    CheckResponses.Encoded encoded = CheckResponses.encode(decision, request.notes());
    answer(ctx, call, encoded.bytes());
    service.figures().answered(request, encoded.sent(), started);
  }

  private void answer(ChannelHandlerContext ctx, Call call, byte[] message) {
    assert !call.isAnswered() : "stream=" + call.streamId();
    writer.message(ctx, call.streamId(), message);
    call.markAnswered();
    flush.written(ctx);
  }

  private void refuseTooLarge(ChannelHandlerContext ctx, Call call, String why) {
    refuse(ctx, call, GrpcStatus.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE, why);
  }

  /** The bytes of the call say nothing, or nothing that can be read. */
  private void refuse(ChannelHandlerContext ctx, Call call, String why) {
    refuse(ctx, call, GrpcStatus.INTERNAL, Reason.REQUEST_MALFORMED, why);
  }

  private void refuse(
      ChannelHandlerContext ctx, Call call, GrpcStatus status, Reason reason, String why) {
    call.markAnswered();
    service.figures().refused(reason);
    writer.error(ctx, call.streamId(), status, why);
    flush.written(ctx);
  }

  private void refuseHttp(ChannelHandlerContext ctx, int streamId, String status, Reason reason) {
    service.figures().refused(reason);
    writer.httpError(ctx, streamId, status);
    flush.written(ctx);
  }

  private static boolean isGrpc(CharSequence contentType) {
    int length = APPLICATION_GRPC.length();
    if (contentType.length() < length
        || !APPLICATION_GRPC.contentEqualsIgnoreCase(contentType.subSequence(0, length))) {
      return false;
    }
    return contentType.length() == length
        || contentType.charAt(length) == '+'
        || contentType.charAt(length) == ';';
  }

  private static CharSequence orEmpty(@Nullable CharSequence field) {
    return field == null ? "" : field;
  }

  private static String text(byte[] bytes, long span) {
    return new String(bytes, Span.start(span), Span.length(span), StandardCharsets.UTF_8);
  }
}
