package dev.limen.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * One request's place in the order of its connection, and its answer when there is one.
 *
 * <p>Invariant: takes one answer, and drops any after it, or after the connection is gone. Confined
 * to the connection's event loop.
 */
final class Exchange {
  private final HttpConnection connection;
  private final Shape shape;
  private byte[] body = {};
  private int bodyLength;
  private @Nullable HttpAnswer answer;
  private @Nullable Runnable onAbandoned;
  private boolean abandoned;

  /**
   * What of the request decides the form of its answer.
   *
   * @param interim not an answer but {@code 100 Continue} before one
   * @param bodiless whether the request's method is HEAD
   * @param keepsAlive whether the client would go on with this connection
   * @param speaks10 whether the client speaks HTTP/1.0
   */
  record Shape(boolean interim, boolean bodiless, boolean keepsAlive, boolean speaks10) {
    /** For what is no request at all. */
    static final Shape NO_REQUEST = new Shape(false, false, false, false);

    /** For {@code 100 Continue}. */
    static final Shape CONTINUE = new Shape(true, true, true, false);
  }

  Exchange(HttpConnection connection, Shape shape) {
    this.connection = connection;
    this.shape = shape;
  }

  Shape shape() {
    return shape;
  }

  /** What was kept of the body; empty where nothing was to be. */
  byte[] body() {
    return Arrays.copyOf(body, bodyLength);
  }

  /** Keeps this much more of the body; what comes byte by byte is not copied each time. */
  void keep(ByteBuf more) {
    int count = more.readableBytes();
    if (count > body.length - bodyLength) {
      body = Arrays.copyOf(body, Math.max(bodyLength + count, 2 * body.length));
    }
    more.getBytes(more.readerIndex(), body, bodyLength, count);
    bodyLength += count;
  }

  @Nullable HttpAnswer answer() {
    return answer;
  }

  /** The event loop that all of this happens on. */
  ScheduledExecutorService loop() {
    return connection.loop();
  }

  /** The address that the connection comes from, or nothing if it is gone. */
  @Nullable String remoteAddress() {
    return connection.remoteAddress();
  }

  /** What to do when the client goes before its answer comes. */
  void onAbandoned(Runnable action) {
    onAbandoned = action;
  }

  /** Gives the answer; it is written when it is its turn. */
  void answer(HttpAnswer given) {
    if (answer == null && !abandoned) {
      answer = given;
      connection.writeReadyAnswers();
    }
  }

  /** The client is gone. */
  void abandon() {
    abandoned = true;
    if (answer == null && onAbandoned != null) {
      onAbandoned.run();
    }
  }
}
