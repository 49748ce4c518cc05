/** The judge of the 21 steps: it looks at Limen from outside only. */
@NullMarked
package dev.limen.demo.judge;

import org.jspecify.annotations.NullMarked;
