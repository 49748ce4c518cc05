package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The reference tells every key, and the page in the tree is the one that the code writes: {@code
 * ./limen config-reference > deploy/limen/configuration.md}.
 */
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
    assertThat(Files.readString(PAGE)).isEqualTo(ConfigReference.markdown());
  }

  @Test
  void aLineHasTypeDefaultBoundsVariableAndMeaning() {
    assertThat(ConfigReference.markdown().lines())
        .contains(
            "| `session.idleTimeout` | duration | `1h` | 1s to 30d | `LIMEN_SESSION_IDLE_TIMEOUT`"
                + " | A session ends this long after its last use; at most absoluteTimeout |",
            "| `session.store.type` | memory or redis | `memory` |  | `LIMEN_SESSION_STORE_TYPE` |"
                + " memory (one process) or redis |",
            "| `providers[].caFiles` | list of files | empty |  | `LIMEN_PROVIDERS_0_CA_FILES` |"
                + " PEM certificates to trust for it, beside the system's |");
  }
}
