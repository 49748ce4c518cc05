/** What the provider promises, on the wire. */
@NullMarked
package dev.limen.devidp;

import org.jspecify.annotations.NullMarked;
