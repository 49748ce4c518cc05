/** Floor 2: what a login leaves behind, and the ports that stores fill. */
@NullMarked
package dev.limen.session;

import org.jspecify.annotations.NullMarked;
