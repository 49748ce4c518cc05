/** Floor 0: bytes as values, no domain: spans, words, base64url. */
@NullMarked
package dev.limen.bytes;

import org.jspecify.annotations.NullMarked;
