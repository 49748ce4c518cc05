/**
 * What the demo runs: processes found, started, watched and stopped, and the wire between two of
 * them.
 */
@NullMarked
package dev.limen.demo.run;

import org.jspecify.annotations.NullMarked;
