package dev.limen.session.redis;

import static dev.limen.session.SessionFixtures.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.config.ConfigException;
import dev.limen.config.Secret;
import dev.limen.config.StoreConfig;
import dev.limen.metrics.Metrics;
import dev.limen.session.SessionFixtures;
import dev.limen.session.StoreUnavailableException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code rediss://}: the server has to prove who it is. */
class RedisTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir Path folder;

  @Test
  void aServerWithATrustedCertificateForItsAddressIsUsed() throws Exception {
    certify("ip:127.0.0.1");
    try (RealRedis redis = RealRedis.startWithTls(folder);
        RedisStore store = RedisStore.connect(redis.tlsConfig(trusted()), new Metrics())) {
      RedisStoreTest.awaitConnected(store);

      answer(store.ping());
    }
  }

  @Test
  void aServerThatNobodyVouchesForIsNotUsed() throws Exception {
    certify("ip:127.0.0.1");
    try (RealRedis redis = RealRedis.startWithTls(folder);
        RedisStore store = RedisStore.connect(redis.tlsConfig(null), new Metrics())) {
      assertThatItStaysAway(store);
    }
  }

  @Test
  void aServerWithACertificateForAnotherAddressIsNotUsed() throws Exception {
    certify("ip:127.0.0.2");
    try (RealRedis redis = RealRedis.startWithTls(folder);
        RedisStore store = RedisStore.connect(redis.tlsConfig(trusted()), new Metrics())) {
      assertThatItStaysAway(store);
    }
  }

  private static void assertThatItStaysAway(RedisStore store) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
    while (System.nanoTime() < end) {
      assertThatThrownBy(() -> answer(store.ping()))
          .cause()
          .isInstanceOf(StoreUnavailableException.class);
      Thread.onSpinWait();
    }
  }

  private Path trusted() {
    return folder.resolve("redis.crt");
  }

  @Test
  void aFileThatHoldsNoCertificateStopsTheStart() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty.crt"), "");
    Path broken =
        Files.writeString(
            folder.resolve("broken.crt"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for (Path file : List.of(empty, broken, folder.resolve("missing.crt"))) {
      assertThatThrownBy(() -> RedisCertificates.trusted(config("rediss", file)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("session.store.redis.caPath")
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void aFileWithoutTlsStopsTheStart() {
    assertThatThrownBy(() -> RedisCertificates.trusted(config("redis", folder.resolve("ca.crt"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a connectionURL of rediss://");
  }

  private static StoreConfig.RedisConfig config(String scheme, Path caPath) {
    return new StoreConfig.RedisConfig(
        URI.create(scheme + "://127.0.0.1"),
        "",
        new Secret(""),
        caPath,
        "limen:",
        SessionFixtures.redisTimeouts(),
        StoreConfig.OnEvictionPolicy.WARN);
  }

  /** A key and a certificate that signs itself, as files that redis-server reads. */
  private void certify(String address)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path store = folder.resolve("redis.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "redis",
                "-keyalg",
                "EC",
                "-dname",
                "CN=redis",
                "-ext",
                "san=" + address,
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
    pem("redis.key", "PRIVATE KEY", keys.getKey("redis", PASSWORD).getEncoded());
    pem("redis.crt", "CERTIFICATE", keys.getCertificate("redis").getEncoded());
  }

  private void pem(String name, String type, byte[] der) throws IOException {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        folder.resolve(name),
        "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n");
  }
}
