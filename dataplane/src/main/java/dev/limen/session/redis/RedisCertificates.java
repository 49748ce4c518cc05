package dev.limen.session.redis;

import dev.limen.config.ConfigException;
import dev.limen.config.StoreConfig;
import io.lettuce.core.SslOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;

/**
 * Whose certificates Redis may show.
 *
 * <p>Invariant: with a file, nobody else is trusted; a file that cannot be read stops the start and
 * never leads to less checking. Stateless.
 */
final class RedisCertificates {
  private static final String KEY = "session.store.redis.caPath";
  private static final String EXPECTED = "a file of PEM certificates that can be read";

  private RedisCertificates() {}

  /**
   * Those in {@code caPath}, or the system's authorities if that is null.
   *
   * @throws ConfigException if the file holds no certificate, or none would be asked for
   */
  static SslOptions trusted(StoreConfig.RedisConfig config) {
    Path caPath = config.caPath();
    if (caPath == null) {
      return SslOptions.create();
    }
    if (!"rediss".equals(config.connectionURL().getScheme())) {
      throw new ConfigException(
          KEY,
          caPath.toString(),
          "a connectionURL of rediss://, since no certificate is shown else");
    }
    requireCertificates(caPath);
    return SslOptions.builder().trustManager(caPath.toFile()).build();
  }

  private static void requireCertificates(Path caPath) {
    try (InputStream file = Files.newInputStream(caPath)) {
      if (CertificateFactory.getInstance("X.509").generateCertificates(file).isEmpty()) {
        throw new ConfigException(KEY, caPath.toString(), EXPECTED);
      }
    } catch (IOException | CertificateException e) {
      throw new ConfigException(KEY, caPath.toString(), EXPECTED);
    }
  }
}
