/** End to end: a real Envoy, the shipped files, and a judge that looks from outside only. */
@NullMarked
package dev.limen.e2e;

import org.jspecify.annotations.NullMarked;
