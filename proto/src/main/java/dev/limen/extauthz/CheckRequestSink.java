package dev.limen.extauthz;

import dev.limen.bytes.Span;

/**
 * Takes what {@link CheckRequestReader} finds, as {@link Span}s into the array that is being read.
 *
 * <p>Invariant: headers come while the message is being read, so they mean something only once
 * {@code read} has answered {@code OK}; everything else comes after the last header, at most once,
 * and only from a message that is whole. What is not in the message is not called for, so a sink
 * that is used again is reset first.
 *
 * <p>Envoy sends either {@code headers} (a map: one value a name, of equal names the last one
 * counts) or {@code header_map} (a list: repeated names and their order are kept). Should a message
 * hold both, the list wins and the map is as if it were not there: it is the form that hides
 * nothing. Whoever makes a check of it holds to this.
 *
 * <p>{@code :method}, {@code :path}, {@code :authority} and {@code :scheme} are among the headers,
 * too; what {@link #onMethod} and its like say always wins over them.
 */
public interface CheckRequestSink {
  /**
   * An entry of {@code headers}.
   *
   * @return whether there was room for it; if not, reading stops
   */
  boolean onMapHeader(long name, long value);

  /**
   * A header of {@code header_map}; {@code value} is its raw value, if that is not empty.
   *
   * @return whether there was room for it; if not, reading stops
   */
  boolean onRawHeader(long name, long value);

  /** Envoy's random id of the stream; not {@code x-request-id}. */
  void onId(long id);

  /** The request method. */
  void onMethod(long method);

  /** The path with its query, normalised as the listener says. */
  void onPath(long path);

  /** The authority that the client asked for. */
  void onHost(long host);

  /** The scheme, as Envoy knows it. */
  void onScheme(long scheme);

  /** For instance {@code HTTP/1.1}. */
  void onProtocol(long protocol);

  /** The number of body bytes that Envoy had received so far. */
  void onSize(long size);

  /**
   * The peer of the connection to Envoy; not called when that is a pipe, Envoy itself, or empty.
   */
  void onSource(long address, int port);
}
