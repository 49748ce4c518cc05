/**
 * Faults: three Limen processes, a real Redis and the strict provider, with a proxy on each link
 * that breaks it, and an oracle that judges every answer.
 */
@NullMarked
package dev.limen.faults;

import org.jspecify.annotations.NullMarked;
