/** Floor 4: the browser's way in, on and out. */
@NullMarked
package dev.limen.login;

import org.jspecify.annotations.NullMarked;
