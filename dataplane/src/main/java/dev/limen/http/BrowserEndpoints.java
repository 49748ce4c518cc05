package dev.limen.http;

import dev.limen.check.Decision;
import dev.limen.login.EndpointRequest;
import java.util.concurrent.CompletionStage;

/**
 * Answers what browsers ask of Limen itself: the port to {@code login}.
 *
 * <p>Invariant: the stage never completes exceptionally, and never with an allow; this door answers
 * 503 should either happen.
 */
@FunctionalInterface
public interface BrowserEndpoints {
  /** Answers {@code request}. */
  CompletionStage<Decision> handle(EndpointRequest request);
}
