package dev.limen.session.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.session.RevocationContract;
import dev.limen.session.SessionStore;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Revocations, as the user that is shipped. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitedRevocationsTest extends RevocationContract {
  private LimitedRedis redis;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    redis = LimitedRedis.start(folder);
  }

  /** Also what nobody waits for, as a note of use, was allowed. */
  @AfterAll
  void nothingWasRefused() {
    assertThat(redis.refusals()).isEqualTo("[]");
    redis.close();
  }

  @Override
  protected SessionStore store() {
    return redis.store();
  }
}
