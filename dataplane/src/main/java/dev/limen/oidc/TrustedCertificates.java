package dev.limen.oidc;

import dev.limen.config.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates a provider may show: those of {@code caFiles}, and the system's authorities
 * unless {@code useSystemTrustStore} is false.
 *
 * <p>Invariant: a file that cannot be read stops the start; it never leads to less checking.
 */
final class TrustedCertificates {
  private static final List<X509Certificate> NOBODY = List.of();

  private TrustedCertificates() {}

  /**
   * A TLS context that trusts these, and the system's authorities where {@code system} is true.
   *
   * @param key of the files in the configuration
   * @throws ConfigException if a file holds no certificate
   */
  static SSLContext with(List<Path> caFiles, boolean system, String key) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trustManagers(store(caFiles, system, key)), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this JDK cannot make a TLS context", e);
    }
  }

  /** Everybody who is trusted. */
  static KeyStore store(List<Path> caFiles, boolean system, String key)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int count = 0;
    for (X509Certificate authority : system ? systemAuthorities() : NOBODY) {
      store.setCertificateEntry("system-" + count++, authority);
    }
    for (Path file : caFiles) {
      for (Certificate authority : read(file, key)) {
        store.setCertificateEntry("own-" + count++, authority);
      }
    }
    return store;
  }

  private static Collection<? extends Certificate> read(Path file, String key) {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (found.isEmpty()) {
        throw new ConfigException(key, file.toString(), "a file with PEM certificates");
      }
      return found;
    } catch (GeneralSecurityException | IOException _) {
      throw new ConfigException(key, file.toString(), "a readable file with PEM certificates");
    }
  }

  private static List<X509Certificate> systemAuthorities() throws GeneralSecurityException {
    for (TrustManager manager : trustManagers(null)) {
      if (manager instanceof X509TrustManager system) {
        return List.of(system.getAcceptedIssuers());
      }
    }
    return List.of();
  }

  @SuppressWarnings("NullAway") // a null store means the system's own (TrustManagerFactory.init)
  private static TrustManager[] trustManagers(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }
}
