/** Floor 1: find one cookie in a field value; render {@code Set-Cookie}. */
@NullMarked
package dev.limen.cookie;

import org.jspecify.annotations.NullMarked;
