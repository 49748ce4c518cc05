@NullMarked
package dev.limen.extauthz;

import org.jspecify.annotations.NullMarked;
