package dev.limen.grpc;

import org.jspecify.annotations.Nullable;

/**
 * What is known of one stream: which method was called, and how far it is.
 *
 * <p>Invariant: {@code answered} goes from false to true once, nothing is written after it, and
 * nothing of the message is held any longer. Confined to its event loop.
 */
final class Call {
  /** The methods that are served. */
  enum Method {
    /** {@code envoy.service.auth.v3.Authorization/Check}. */
    CHECK,
    /** {@code grpc.health.v1.Health/Check}. */
    HEALTH
  }

  private final int streamId;
  private final Method method;
  private final long timeoutNanos;
  private final boolean encodingNamed;
  private final MessageAssembly assembly;
  private boolean answered;
  private @Nullable Runnable onGone;

  /**
   * A call whose headers were good.
   *
   * @param timeoutNanos what the client says it waits, or {@link GrpcTimeout#NONE}
   * @param encodingNamed whether {@code grpc-encoding} names a compression
   * @param assembly takes the message
   */
  Call(
      int streamId,
      Method method,
      long timeoutNanos,
      boolean encodingNamed,
      MessageAssembly assembly) {
    this.streamId = streamId;
    this.method = method;
    this.timeoutNanos = timeoutNanos;
    this.encodingNamed = encodingNamed;
    this.assembly = assembly;
  }

  int streamId() {
    return streamId;
  }

  Method method() {
    return method;
  }

  long timeoutNanos() {
    return timeoutNanos;
  }

  boolean encodingNamed() {
    return encodingNamed;
  }

  MessageAssembly assembly() {
    return assembly;
  }

  boolean isAnswered() {
    return answered;
  }

  void markAnswered() {
    answered = true;
    onGone = null;
    assembly.abandon();
  }

  /** What to do when the stream goes before its answer comes. */
  void waitFor(Runnable action) {
    onGone = action;
  }

  /** The stream is gone: a check under way has nobody to answer to. */
  void close() {
    if (onGone != null) {
      onGone.run();
    }
    markAnswered();
  }
}
