/** Floor 0: count and time; exposition. The one room that knows the Prometheus client. */
@NullMarked
package dev.limen.metrics;

import org.jspecify.annotations.NullMarked;
