/** Floor 6: ext_authz over gRPC on Netty's HTTP/2. */
@NullMarked
package dev.limen.grpc;

import org.jspecify.annotations.NullMarked;
