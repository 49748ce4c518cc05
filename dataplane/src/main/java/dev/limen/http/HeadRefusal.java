package dev.limen.http;

import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * Stands in the place of a request whose head cannot be read in one way only.
 *
 * <p>Invariant: nothing comes after it on its connection.
 *
 * @param status 400, 414, 431 or 505
 */
record HeadRefusal(HttpResponseStatus status) {}
