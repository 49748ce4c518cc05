package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The reference tells every key, and the page in the tree is the one that the code writes. */
class ConfigReferenceTest {
  private static final Path PAGE =
      Path.of(System.getProperty("limen.root"), "deploy", "limen", "configuration.md");

  @Test
  void everyKeyHasALineOfReference() {
    ConfigSchema.paths()
        .forEach((path, key) -> assertThat(key.setting().doc()).as(path).isNotBlank());
  }

  @Test
  void thePageInTheTreeIsWhatTheCodeWrites() throws IOException {
    assertThat(Files.readString(PAGE)).endsWith(ConfigReference.markdown());
  }
}
