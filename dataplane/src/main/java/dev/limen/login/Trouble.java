package dev.limen.login;

import dev.limen.check.Defect;
import dev.limen.check.Reason;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.session.StoreUnavailableException;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what went wrong into the reason for a 503.
 *
 * <p>Invariant: trouble is never "no session", and what nobody expected is logged with its stack,
 * as the defect that it is.
 */
final class Trouble {
  private static final Logger LOG = LoggerFactory.getLogger(Trouble.class);

  private Trouble() {}

  /** Why there is no answer. */
  static Reason reasonOf(Throwable thrown) {
    Throwable cause = thrown.getCause();
    Throwable trouble = thrown instanceof CompletionException && cause != null ? cause : thrown;
    return switch (trouble) {
      case StoreUnavailableException unavailable -> unavailable.reason();
      case UnknownKeyException _ -> Reason.SEALING_KEY_UNKNOWN;
      default -> {
        LOG.error("a login or a refresh met a defect: {}", Defect.described(trouble));
        yield Reason.INTERNAL_ERROR;
      }
    };
  }
}
