/** Floor 3: the relying party. The one room that knows nimbus and java.net.http. */
@NullMarked
package dev.limen.oidc;

import org.jspecify.annotations.NullMarked;
