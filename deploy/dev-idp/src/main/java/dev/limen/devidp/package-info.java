/** A strict OpenID Provider for tests and the demo, in the manner of Keycloak. */
@NullMarked
package dev.limen.devidp;

import org.jspecify.annotations.NullMarked;
