/** Floor 3: the store of record. The one room that knows Lettuce. */
@NullMarked
package dev.limen.session.redis;

import org.jspecify.annotations.NullMarked;
