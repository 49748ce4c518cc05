package dev.limen.extauthz;

import dev.limen.bytes.Span;

/**
 * The messages of {@code grpc.health.v1.Health/Check}: the question read, the answers ready.
 *
 * <p>Invariant: an answer always holds its status, and reading never throws on what the bytes say.
 *
 * <pre>
 *   HealthCheckRequest    1 service, a string; missing means the server as a whole
 *   HealthCheckResponse   1 status, an enum
 * </pre>
 *
 * <p>Source: grpc/health/v1/health.proto. An unknown service is not an answer but a {@code
 * grpc-status} of 5 (NOT_FOUND). Stateless; safe for all threads.
 */
public final class HealthCheck {
  private static final int SERVICE = 1 << 3 | WireCursor.LENGTH_DELIMITED;
  private static final byte STATUS = 1 << 3 | WireCursor.VARINT;

  /** What a server says about a service. */
  public enum ServingStatus {
    /** Send requests. */
    SERVING(1),
    /** Send no more requests: for instance, the server is about to stop. */
    NOT_SERVING(2);

    private final byte number;

    ServingStatus(int number) {
      this.number = (byte) number;
    }

    /** The encoded HealthCheckResponse, as an array of its own. */
    public byte[] toResponse() {
      return new byte[] {STATUS, number};
    }
  }

  private HealthCheck() {}

  /**
   * The name of the service that a HealthCheckRequest asks about, as a span of {@code bytes}; empty
   * for the whole server; {@link Span#ABSENT} if {@code message} is no HealthCheckRequest.
   */
  public static long readService(byte[] bytes, long message) {
    WireCursor cursor = new WireCursor();
    cursor.reset(bytes, message);
    long service = Span.of(Span.start(message), Span.start(message));
    while (!cursor.atLimit()) {
      int tag = cursor.readTag();
      if (tag == SERVICE) {
        service = cursor.readLengthDelimited();
        if (!Span.isPresent(service)) {
          return Span.ABSENT;
        }
      } else if (tag == WireCursor.NO_TAG || !cursor.skip(tag, 0)) {
        return Span.ABSENT;
      }
    }
    return service;
  }
}
