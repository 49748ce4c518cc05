package dev.limen.grpc;

import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * Sets Netty's HTTP/2 to what a trusted gateway needs: its defaults are made for browsers, and
 * would close a busy Envoy's connection for ordinary cancellations.
 *
 * <p>Invariant: each limit has a name here. Source: RFC 9113, section 6.5.2; Netty's {@code
 * AbstractHttp2ConnectionHandlerBuilder}.
 */
final class GrpcConnectionBuilder
    extends AbstractHttp2ConnectionHandlerBuilder<GrpcConnection, GrpcConnectionBuilder> {
  /** Of one stream: a check of the greatest length passes without a WINDOW_UPDATE. */
  static final int STREAM_WINDOW_BYTES = 1024 * 1024;

  /** A call has a dozen short headers; the client's own are inside the message. */
  static final int MAX_HEADER_LIST_BYTES = 16 * 1024;

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

  GrpcConnectionBuilder(GrpcService service, int maxConcurrentStreams) {
    this(service, maxConcurrentStreams, MAX_RST_RECEIVED_PER_WINDOW);
  }

  GrpcConnectionBuilder(GrpcService service, int maxConcurrentStreams, int maxRstReceived) {
    this.service = service;
    server(true);
    validateHeaders(true);
    initialSettings(
        new Http2Settings()
            .maxConcurrentStreams(maxConcurrentStreams)
            .initialWindowSize(STREAM_WINDOW_BYTES)
            .maxHeaderListSize(MAX_HEADER_LIST_BYTES));
    decoderEnforceMaxRstFramesPerWindow(maxRstReceived, RST_WINDOW_SECONDS);
    encoderEnforceMaxRstFramesPerWindow(MAX_RST_SENT_PER_WINDOW, RST_WINDOW_SECONDS);
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
    return new GrpcConnection(decoder, encoder, settings, service);
  }
}
