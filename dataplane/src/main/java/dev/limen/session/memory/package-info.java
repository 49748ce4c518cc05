/** Floor 3: the embedded default store: the same port, one process, no Redis. */
@NullMarked
package dev.limen.session.memory;

import org.jspecify.annotations.NullMarked;
