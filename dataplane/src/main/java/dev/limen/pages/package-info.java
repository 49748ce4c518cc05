/** Floor 3: the few pages people see. The one room that knows jte. */
@NullMarked
package dev.limen.pages;

import org.jspecify.annotations.NullMarked;
