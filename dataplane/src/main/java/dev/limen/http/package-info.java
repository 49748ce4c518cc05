/** Floor 6: ext_authz, browser endpoints and management over HTTP/1.1. */
@NullMarked
package dev.limen.http;

import org.jspecify.annotations.NullMarked;
