package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people pass on. */
class TheJarTest {
  private static final Path ROOT = Path.of(System.getProperty("limen.root"));

  @ParameterizedTest
  @ValueSource(strings = {"LICENSE", "NOTICE"})
  void carriesItsLicenceAndWhatIsShippedWithIt(String name) throws Exception {
    Path jar = ROOT.resolve("dataplane/target/limen-dataplane.jar");
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      byte[] inside = zip.getInputStream(zip.getEntry("META-INF/" + name)).readAllBytes();
      assertThat(inside).isEqualTo(Files.readAllBytes(ROOT.resolve(name)));
    }
  }
}
