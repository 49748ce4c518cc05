package dev.limen.login;

import static dev.limen.login.LoginFixture.assertLandsOn;
import static dev.limen.login.LoginFixture.assertPage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.session.Identity;
import dev.limen.session.RevocationScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A logout while a login is under way (I4). */
@DisplayName("I4: a logout that overtakes its login")
final class OvertakenLoginTest {
  private static LoginFixture fixture;

  private Browser browser;

  @BeforeAll
  static void start() throws Exception {
    fixture = LoginFixture.start();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @BeforeEach
  void openABrowser() {
    browser = fixture.browser();
  }

  @AfterEach
  void mendEverything() {
    fixture.store.refused.clear();
    fixture.store.beforeMarks = _ -> {};
  }

  private String callback(String page) throws IOException, InterruptedException {
    return browser.signIn(browser.navigate(page), "alice");
  }

  @Test
  void isComparedWithAMomentBeforeTheCodeWasSent() throws Exception {
    String callback = callback("/orders");
    List<Integer> redeemed = new ArrayList<>();
    fixture.store.beforeMarks =
        operation -> {
          if (operation.equals("moment")) {
            redeemed.add(fixture.codesRedeemed());
          }
        };

    assertLandsOn(browser.get(callback), "/orders");

    assertThat(redeemed).containsExactly(fixture.codesRedeemed() - 1);
  }

  @Test
  void endsItWhereTheTokensArriveLater() throws Exception {
    browser.get(callback("/"));
    Identity alice = fixture.identity(browser.session());
    Browser late = fixture.browser();
    String callback = late.signIn(late.navigate("/orders"), "alice");
    fixture.store.beforeMarks =
        operation -> {
          if (operation.equals("index")) {
            fixture.store.beforeMarks = _ -> {};
            fixture
                .sessions
                .revocations()
                .revoke(new RevocationScope.User(alice.issuer(), alice.subject()))
                .toCompletableFuture()
                .join();
          }
        };

    Decision decision = late.get(callback);

    assertPage(decision, 403, Reason.SESSION_REVOKED);
    assertThat(fixture.isLive(browser.session())).as("the first has ended, too").isFalse();
    assertThat(((Decision.Page) decision).body()).contains("/oauth2/start?rd=/orders");
  }

  @Test
  void costsNoCodeWhereTheStoreIsAway() throws Exception {
    String callback = callback("/orders");
    int before = fixture.codesRedeemed();
    fixture.store.refused.add("moment");

    assertPage(browser.get(callback), 503, Reason.STORE_UNAVAILABLE);

    assertThat(fixture.codesRedeemed()).isEqualTo(before);
  }
}
