package dev.limen.authz;

import java.nio.charset.StandardCharsets;

/**
 * The paths of Limen's own endpoints, which a gateway sends to them without a check.
 *
 * <p>Invariant: everything at and under the prefix is Limen's, whether an endpoint answers there or
 * not, so that no route of the configuration can hand one to an upstream. Immutable.
 */
final class OwnEndpoints {
  private final byte[] prefix;
  private final byte[] below;

  /** The endpoints under {@code proxyPrefix} ({@code web.proxyPrefix}). */
  OwnEndpoints(String proxyPrefix) {
    prefix = proxyPrefix.getBytes(StandardCharsets.US_ASCII);
    below = (proxyPrefix + "/").getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether {@code path} is one of them, in its judged form. */
  boolean contain(NormalPath path) {
    return path.isSame(prefix) || path.startsWith(below);
  }
}
