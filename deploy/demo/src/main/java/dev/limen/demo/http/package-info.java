/** A small HTTP/1.1 client that hides nothing, and cookies as a browser keeps them. */
@NullMarked
package dev.limen.demo.http;

import org.jspecify.annotations.NullMarked;
