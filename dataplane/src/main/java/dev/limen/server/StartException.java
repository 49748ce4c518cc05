package dev.limen.server;

import java.io.IOException;

/**
 * A start that could not be: a port is taken, or an address is not this machine's.
 *
 * <p>Invariant: the message says which key of the configuration to look at.
 */
public final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StartException(IOException cause) {
    super(
        cause.getMessage()
            + (cause.getCause() == null ? "" : " (" + cause.getCause().getMessage() + ")")
            + ": change the bindAddress, or stop what listens there",
        cause);
  }
}
