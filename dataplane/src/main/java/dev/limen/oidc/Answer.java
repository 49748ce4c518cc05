package dev.limen.oidc;

import org.jspecify.annotations.Nullable;

/**
 * What came back from a provider.
 *
 * <p>Invariant: {@code json} is there if, and only if, {@code outcome} is {@link Outcome#OK}; that
 * says nothing of the status yet.
 *
 * @param status the HTTP status, or 0 if there was none
 * @param json the body
 * @param outcome whether the body could be read, else why not
 */
record Answer(int status, @Nullable JsonObject json, Outcome outcome) {
  static Answer read(int status, JsonObject json) {
    return new Answer(status, json, Outcome.OK);
  }

  static Answer failed(int status, Outcome outcome) {
    return new Answer(status, null, outcome);
  }
}
