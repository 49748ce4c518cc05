/** The demo command: a real gateway, Limen and two services, started with one word. */
@NullMarked
package dev.limen.demo;

import org.jspecify.annotations.NullMarked;
