/** The services behind the gateway: they show what reached them. */
@NullMarked
package dev.limen.demo.echo;

import org.jspecify.annotations.NullMarked;
