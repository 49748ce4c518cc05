package dev.limen.login;

import dev.limen.oidc.SentRequest;
import java.util.List;

/**
 * How a sign-in must be better than any: what a route asks for beyond a session.
 *
 * <p>Invariant: a wish that the provider may disregard; whoever asks judges the session that comes
 * of it. Only {@code max_age} is held against the ID token at once. Source: OpenID Connect Core,
 * section 3.1.2.1 ({@code acr_values}, {@code max_age}).
 *
 * @param acrValues classes of authentication, the preferred one first; may be empty
 * @param maxAgeSeconds since the person last showed who they are, or {@link #ANY_AGE}
 */
public record StepUp(List<String> acrValues, long maxAgeSeconds) {
  /** However long ago it was. */
  public static final long ANY_AGE = SentRequest.NO_MAX_AGE;

  /** Nothing beyond a sign-in. */
  public static final StepUp NONE = new StepUp(List.of(), ANY_AGE);

  public StepUp {
    acrValues = List.copyOf(acrValues);
    if (maxAgeSeconds < ANY_AGE) {
      throw new IllegalArgumentException("maxAgeSeconds must be 0 or more: " + maxAgeSeconds);
    }
  }
}
