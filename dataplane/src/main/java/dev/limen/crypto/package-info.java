/** Floor 1: key ring, HKDF, AES-GCM sealing, constant-time compare; knows javax.crypto. */
@NullMarked
package dev.limen.crypto;

import org.jspecify.annotations.NullMarked;
