package dev.limen.demo.run;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate made on the spot, and what it takes to serve the shipped file with it.
 *
 * <p>The file changes in four places and no other: the listener's port, its transport socket, the
 * provider's host with its port, and the issuer, which is a public address.
 */
public final class TlsEdge {
  private static final char[] PASSWORD = "only-in-this-folder".toCharArray();
  private static final String DOWNSTREAM_TLS =
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
  private static final String ALIAS = "limen";

  private final Path certificate;
  private final Path key;
  private final SSLSocketFactory clientSide;

  private TlsEdge(Path certificate, Path key, SSLSocketFactory clientSide) {
    this.certificate = certificate;
    this.key = key;
    this.clientSide = clientSide;
  }

  /** For {@code localhost} and {@code 127.0.0.1}, good for 30 days, made by the JDK's keytool. */
  public static TlsEdge make(Path folder) {
    Path store = folder.resolve("edge.p12");
    try {
      keytool(store);
      KeyStore made = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        made.load(in, PASSWORD);
      }
      byte[] certificate = made.getCertificate(ALIAS).getEncoded();
      byte[] key = made.getKey(ALIAS, PASSWORD).getEncoded();
      return new TlsEdge(
          writePem(folder.resolve("edge.crt"), "CERTIFICATE", certificate),
          writePem(folder.resolve("edge.key"), "PRIVATE KEY", key),
          trusting(made));
    } catch (GeneralSecurityException | IOException failed) {
      throw new CannotRun("no certificate could be made: " + failed.getMessage(), failed);
    }
  }

  /** Trusts this certificate and no other. */
  public SSLSocketFactory clientSide() {
    return clientSide;
  }

  /** For those who want to trust it too. */
  public Path certificate() {
    return certificate;
  }

  /** The shipped file, served over https on 8443. */
  public String derive(String shipped) {
    String text = Variation.replaced(shipped, "http://127.0.0.1:8080/", "https://127.0.0.1:8443/");
    text = Variation.replaced(text, "\"127.0.0.1:8080\"", "\"127.0.0.1:8443\"");
    text = Variation.replaced(text, "port_value: 8080}", "port_value: 8443}");
    return Variation.replaced(
        text,
        "    filter_chains:\n    - filters:\n",
        """
            filter_chains:
            - transport_socket:
                name: envoy.transport_sockets.tls
                typed_config:
                  "@type": %s
                  common_tls_context:
                    alpn_protocols: [h2, http/1.1]
                    tls_certificates:
                    - certificate_chain: {filename: "%s"}
                      private_key: {filename: "%s"}
              filters:
        """
            .formatted(DOWNSTREAM_TLS, certificate, key));
  }

  private static void keytool(Path store) throws IOException {
    List<String> command =
        List.of(
            Programs.ofThisJdk("keytool").toString(),
            "-genkeypair",
            "-alias",
            ALIAS,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=localhost, O=Limen demo",
            "-ext",
            "SAN=dns:localhost,ip:127.0.0.1",
            "-validity",
            "30",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            new String(PASSWORD));
    Process keytool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!keytool.waitFor(30, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
        throw new IOException("keytool failed");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    } finally {
      keytool.destroyForcibly();
    }
  }

  private static Path writePem(Path file, String type, byte[] der) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    try (FileOutputStream out = new FileOutputStream(file.toFile())) {
      out.write(
          ("-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n")
              .getBytes(StandardCharsets.US_ASCII));
    }
    return file;
  }

  private static SSLSocketFactory trusting(KeyStore made)
      throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry(ALIAS, made.getCertificate(ALIAS));
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context.getSocketFactory();
  }
}
