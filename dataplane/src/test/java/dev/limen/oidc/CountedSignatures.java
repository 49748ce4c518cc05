package dev.limen.oidc;

import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the signatures that this JVM begins to verify: a provider before all others, which is
 * asked for each, and has none to offer.
 */
final class CountedSignatures implements AutoCloseable {
  private static final String NAME = "CountedSignatures";

  private final AtomicInteger count = new AtomicInteger();

  CountedSignatures() {
    Security.insertProviderAt(new Asked(count), 1);
  }

  int count() {
    return count.get();
  }

  @Override
  public void close() {
    Security.removeProvider(NAME);
  }

  private static final class Asked extends Provider {
    private static final long serialVersionUID = 1L;

    Asked(AtomicInteger count) {
      super(NAME, "1", "counts");
      putService(
          new Service(this, "Signature", "SHA256withRSA", "none", List.of(), null) {
            @Override
            public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
              count.incrementAndGet();
              throw new NoSuchAlgorithmException("counted, and left to the others");
            }

            @Override
            public boolean supportsParameter(Object key) {
              return key instanceof Key;
            }
          });
    }
  }
}
