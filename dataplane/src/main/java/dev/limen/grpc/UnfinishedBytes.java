package dev.limen.grpc;

/**
 * How much one connection holds of messages whose end has not come.
 *
 * <p>Invariant: what is held is never more than the limit, and each byte that was taken is given
 * back once: by the message when it is whole or refused, or by its stream when it closes. Confined
 * to the connection's event loop.
 */
final class UnfinishedBytes {
  private final int limit;
  private int held;

  UnfinishedBytes(int limit) {
    this.limit = limit;
  }

  /** Holds {@code count} more; false, and none of them, when that is more than the limit. */
  boolean take(int count) {
    if (count > limit - held) {
      return false;
    }
    held += count;
    return true;
  }

  /** Holds {@code count} less. */
  void give(int count) {
    held -= count;
    assert held >= 0 : "held=" + held;
  }

  int held() {
    return held;
  }
}
