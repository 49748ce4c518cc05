/** Tests on the wire: sockets, bytes and frames, with no class of the door between. */
@NullMarked
package dev.limen.grpc;

import org.jspecify.annotations.NullMarked;
