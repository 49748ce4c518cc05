/** Floor 1: the question a gateway asks, whatever the wire, and the answers to it. */
@NullMarked
package dev.limen.check;

import org.jspecify.annotations.NullMarked;
