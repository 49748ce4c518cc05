package dev.limen.session;

/**
 * The store did not answer in time, or answered with an error: the check is answered with 503.
 *
 * <p>Invariant: the message names the operation and the kind of trouble, never a key or a value.
 */
public final class StoreUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Trouble with {@code operation}; no stack is taken, since a slow store makes many of these. */
  public StoreUnavailableException(String operation, Throwable cause) {
    super(
        "store " + operation + " failed: " + cause.getClass().getSimpleName(), cause, false, false);
  }

  /** Trouble of the store's own with {@code operation}, in words that hold no key and no value. */
  public StoreUnavailableException(String operation, String trouble) {
    super("store " + operation + " failed: " + trouble, null, false, false);
  }
}
