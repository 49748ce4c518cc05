package dev.limen.grpc;

import dev.limen.config.ServerConfig.GrpcConfig;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * Sets Netty's HTTP/2 to what a trusted gateway needs: its defaults are made for browsers, and
 * would close a busy Envoy's connection for ordinary cancellations.
 *
 * <p>Invariant: each limit of Netty's that Limen relies on has a name here and is passed on, also
 * where it is Netty's own default, which another version may change. Source: RFC 9113, section
 * 6.5.2; Netty's {@code AbstractHttp2ConnectionHandlerBuilder}.
 */
final class GrpcConnectionBuilder
    extends AbstractHttp2ConnectionHandlerBuilder<GrpcConnection, GrpcConnectionBuilder> {
  /** Of one stream: a check of the greatest length passes without a WINDOW_UPDATE. */
  static final int STREAM_WINDOW_BYTES = 1024 * 1024;

  /**
   * A call has a dozen short headers; the client's own are inside the message. Counted as the
   * protocol does, with 32 bytes for each; more is refused on its stream, and a block that is
   * itself, as it is encoded, longer by more than a quarter ends the connection.
   */
  static final int MAX_HEADER_LIST_BYTES = 16 * 1024;

  /** What the gateway's header blocks may refer back to; the protocol's own default. */
  static final int HEADER_TABLE_BYTES = 4_096;

  /** Of one frame; the protocol's least, so that no stream keeps others waiting for long. */
  static final int MAX_FRAME_BYTES = 16 * 1024;

  /** Frames of few bytes, or none, that one header block comes in: a call's needs one (A80). */
  static final int MAX_SMALL_FRAGMENTS = 16;

  /** DATA in a row that hold nothing and end nothing: a call ends with one at most (A82). */
  static final int MAX_EMPTY_DATA = 2;

  /** Answers to SETTINGS and PING, and RST_STREAM, that the gateway has not taken yet (A82). */
  static final int MAX_QUEUED_CONTROL_FRAMES = 10_000;

  /** How long Netty waits for open streams when it wants to close a connection by itself. */
  static final int NETTYS_CLOSE_MILLIS = 30_000;

  /** The windows that the two limits on RST_STREAM are counted in. */
  static final int RST_WINDOW_SECONDS = 30;

  /**
   * RST_STREAM from the gateway: one for each check that its client did not wait for, 5,000 a
   * second and twice that. A flood of HEADERS and RST_STREAM is ten times faster (CVE-2023-44487).
   */
  static final int MAX_RST_RECEIVED_PER_WINDOW = 300_000;

  /** RST_STREAM that the gateway provokes: Envoy does so only by too many streams at once. */
  static final int MAX_RST_SENT_PER_WINDOW = 10_000;

  /**
   * Streams that are open at once, announced or not. A gateway that has not seen the announced
   * limit yet is answered: refused, each check would be an error there, which it does not try
   * again. Past this, Netty itself refuses.
   */
  static final int MAX_STREAMS = 65_536;

  private final GrpcService service;
  private final GrpcConfig limits;

  GrpcConnectionBuilder(GrpcService service, GrpcConfig limits) {
    this(service, limits, MAX_RST_RECEIVED_PER_WINDOW);
  }

  GrpcConnectionBuilder(GrpcService service, GrpcConfig limits, int maxRstReceived) {
    this.service = service;
    this.limits = limits;
    server(true);
    validateHeaders(true);
    validateRequiredPseudoHeaders(true);
    initialSettings(
        new Http2Settings()
            .headerTableSize(HEADER_TABLE_BYTES)
            .maxConcurrentStreams(limits.maxConcurrentStreams())
            .initialWindowSize(STREAM_WINDOW_BYTES)
            .maxFrameSize(MAX_FRAME_BYTES)
            .maxHeaderListSize(MAX_HEADER_LIST_BYTES));
    decoderEnforceMaxConsecutiveEmptyDataFrames(MAX_EMPTY_DATA);
    decoderEnforceMaxSmallContinuationFrames(MAX_SMALL_FRAGMENTS);
    decoderEnforceMaxRstFramesPerWindow(maxRstReceived, RST_WINDOW_SECONDS);
    encoderEnforceMaxRstFramesPerWindow(MAX_RST_SENT_PER_WINDOW, RST_WINDOW_SECONDS);
    encoderEnforceMaxQueuedControlFrames(MAX_QUEUED_CONTROL_FRAMES);
    gracefulShutdownTimeoutMillis(NETTYS_CLOSE_MILLIS);
    autoAckSettingsFrame(true);
    autoAckPingFrame(true);
    decoupleCloseAndGoAway(true);
  }

  @Override
  public GrpcConnection build() {
    return super.build();
  }

  @Override
  protected GrpcConnection build(
      Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
    // Netty has set the announced limit here already, before anybody can have seen it.
    encoder.connection().remote().maxActiveStreams(MAX_STREAMS);
    return new GrpcConnection(decoder, encoder, settings, service, limits);
  }
}
