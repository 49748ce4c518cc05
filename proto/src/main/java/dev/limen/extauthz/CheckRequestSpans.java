package dev.limen.extauthz;

import dev.limen.bytes.Span;

/**
 * A CheckRequest as spans of the bytes that it came in: a sink that keeps what it is told.
 *
 * <p>Invariant: what the message does not hold is {@link Span#ABSENT}. Valid until the next {@link
 * #reset} and only as long as nobody changes the bytes. Garbage-free once its {@link HeaderTable}
 * has grown. Not safe for several threads.
 */
public final class CheckRequestSpans implements CheckRequestSink {
  private static final byte[] NOTHING = {};

  private final HeaderTable headers = new HeaderTable();
  private long id = Span.ABSENT;
  private long method = Span.ABSENT;
  private long path = Span.ABSENT;
  private long host = Span.ABSENT;
  private long scheme = Span.ABSENT;
  private long protocol = Span.ABSENT;
  private long sourceAddress = Span.ABSENT;
  private int sourcePort;
  private long size;

  /** Forgets everything; the spans that come next are spans of {@code bytes}. */
  public void reset(byte[] bytes) {
    headers.reset(bytes);
    id = Span.ABSENT;
    method = Span.ABSENT;
    path = Span.ABSENT;
    host = Span.ABSENT;
    scheme = Span.ABSENT;
    protocol = Span.ABSENT;
    sourceAddress = Span.ABSENT;
    sourcePort = 0;
    size = 0;
  }

  /** Forgets everything and the bytes, so that spans at rest keep no request alive. */
  public void clear() {
    reset(NOTHING);
  }

  /** The array that the spans belong to. */
  public byte[] bytes() {
    return headers.bytes();
  }

  /** The headers, pseudo-headers among them. */
  public HeaderTable headers() {
    return headers;
  }

  /** Envoy's random id of the stream. */
  public long id() {
    return id;
  }

  /** The request method. */
  public long method() {
    return method;
  }

  /** The path with its query. */
  public long path() {
    return path;
  }

  /** The authority that the client asked for. */
  public long host() {
    return host;
  }

  /** The scheme, as Envoy knows it. */
  public long scheme() {
    return scheme;
  }

  /** For instance {@code HTTP/1.1}. */
  public long protocol() {
    return protocol;
  }

  /** The address of Envoy's peer; absent when that is a pipe or Envoy itself. */
  public long sourceAddress() {
    return sourceAddress;
  }

  /** The port of Envoy's peer, or 0. */
  public int sourcePort() {
    return sourcePort;
  }

  /** The number of body bytes that Envoy had received so far; whatever the message says. */
  public long size() {
    return size;
  }

  @Override
  public boolean onMapHeader(long name, long value) {
    return headers.putEntry(name, value);
  }

  @Override
  public boolean onRawHeader(long name, long value) {
    return headers.addLine(name, value);
  }

  @Override
  public void onId(long span) {
    id = span;
  }

  @Override
  public void onMethod(long span) {
    method = span;
  }

  @Override
  public void onPath(long span) {
    path = span;
  }

  @Override
  public void onHost(long span) {
    host = span;
  }

  @Override
  public void onScheme(long span) {
    scheme = span;
  }

  @Override
  public void onProtocol(long span) {
    protocol = span;
  }

  @Override
  public void onSize(long count) {
    size = count;
  }

  @Override
  public void onSource(long address, int port) {
    sourceAddress = address;
    sourcePort = port;
  }
}
