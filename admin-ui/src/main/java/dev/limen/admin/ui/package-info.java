/** The operator's console: server-rendered, own port, own process; it knows {@code proto} only. */
@NullMarked
package dev.limen.admin.ui;

import org.jspecify.annotations.NullMarked;
