/** Floor 5: decides: the route table and the one Authorizer. */
@NullMarked
package dev.limen.authz;

import org.jspecify.annotations.NullMarked;
