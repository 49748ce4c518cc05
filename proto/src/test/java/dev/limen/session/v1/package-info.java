@NullMarked
package dev.limen.session.v1;

import org.jspecify.annotations.NullMarked;
