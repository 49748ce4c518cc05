package dev.limen.demo.run;

/**
 * Something that must be there before the demo can run is not there. The message is for the person
 * at the terminal: what is missing, and the one line to type.
 */
public final class CannotRun extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CannotRun(String message) {
    super(message);
  }

  public CannotRun(String message, Throwable cause) {
    super(message, cause);
  }
}
