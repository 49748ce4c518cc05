package dev.limen.session;

import dev.limen.check.Reason;

/**
 * The store did not answer in time, or answered with an error: the check is answered with 503.
 *
 * <p>Invariant: the message names the operation and the kind of trouble, never a key or a value.
 */
public final class StoreUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** Trouble with {@code operation}; no stack is taken, since a slow store makes many of these. */
  public StoreUnavailableException(String operation, Throwable cause) {
    super(
        "store " + operation + " failed: " + cause.getClass().getSimpleName(), cause, false, false);
    this.reason = Reason.STORE_UNAVAILABLE;
  }

  /** Trouble of the store's own with {@code operation}, in words that hold no key and no value. */
  public StoreUnavailableException(String operation, String trouble) {
    this(operation, trouble, Reason.STORE_UNAVAILABLE);
  }

  /** The same, with a reason of its own for the 503. */
  public StoreUnavailableException(String operation, String trouble, Reason reason) {
    super("store " + operation + " failed: " + trouble, null, false, false);
    this.reason = reason;
  }

  /** The store was not asked for {@code operation}: it answers too few in time. */
  public static StoreUnavailableException tooSlow(String operation) {
    return new StoreUnavailableException(operation, "too slow to be asked", Reason.STORE_SLOW);
  }

  /** Why the check is answered with 503. */
  public Reason reason() {
    return reason;
  }
}
