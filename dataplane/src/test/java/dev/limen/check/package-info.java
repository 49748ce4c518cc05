/** What the doors are tested with, and tests of the answers that they share. */
@NullMarked
package dev.limen.check;

import org.jspecify.annotations.NullMarked;
