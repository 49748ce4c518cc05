/** Floor 7: wires, starts, reloads, drains, stops; the command line. */
@NullMarked
package dev.limen.server;

import org.jspecify.annotations.NullMarked;
