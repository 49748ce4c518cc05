@NullMarked
package dev.limen.bytes;

import org.jspecify.annotations.NullMarked;
