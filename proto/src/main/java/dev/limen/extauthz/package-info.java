/** Floor 0: Envoy's ext_authz messages, read and written as bytes, without message objects. */
@NullMarked
package dev.limen.extauthz;

import org.jspecify.annotations.NullMarked;
