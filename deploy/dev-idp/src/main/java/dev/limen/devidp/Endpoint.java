package dev.limen.devidp;

/**
 * Answers requests of one kind.
 *
 * <p>Invariant: hostile input is answered, never thrown.
 */
interface Endpoint {
  /** The answer to {@code request}; {@code strikes} says what must go wrong. */
  Reply answer(Incoming request, Strikes strikes);
}
