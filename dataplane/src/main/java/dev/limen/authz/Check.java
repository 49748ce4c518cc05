package dev.limen.authz;

import dev.limen.check.CheckRequest;

/**
 * A check under way: the question, and what is known of it so far.
 *
 * <p>Invariant: confined to its check.
 *
 * @param request the question
 * @param host whom it is for
 * @param route what it needs
 * @param nowMillis wall clock at its arrival
 */
record Check(CheckRequest request, HostName host, Route route, long nowMillis) {}
