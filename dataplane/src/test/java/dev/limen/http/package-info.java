/** Tests on the wire: sockets, bytes and frames, with no class of the door between. */
@NullMarked
package dev.limen.http;

import org.jspecify.annotations.NullMarked;
