/** Floor 1: every setting, typed, checked, documented. The one room that knows YAML. */
@NullMarked
package dev.limen.config;

import org.jspecify.annotations.NullMarked;
