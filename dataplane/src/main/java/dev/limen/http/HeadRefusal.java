package dev.limen.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Stands in the place of a request that is refused for its head.
 *
 * <p>Invariant: nothing comes after it on its connection.
 *
 * @param status 400, 413, 414, 417, 431 or 505
 * @param head what was refused; null when it cannot be read in one way only
 */
record HeadRefusal(HttpResponseStatus status, @Nullable RequestHead head) {}
