package dev.limen.login;

import static dev.limen.login.LoginFixture.assertLandsOn;
import static dev.limen.login.LoginFixture.assertPage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Several tabs, and one callback several times. */
final class SeveralTabsTest {
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
    fixture.idp.log().clear();
  }

  private String callback(String page) throws IOException, InterruptedException {
    return browser.signIn(browser.navigate(page), "alice");
  }

  @Nested
  @DisplayName("A53: five tabs")
  class FiveTabs {
    @Test
    void landOnTheirOwnPagesInWhateverOrderTheyFinish() throws Exception {
      Browser five = fixture.browser();
      five.login("/", "alice");
      int orders = 0;
      for (List<Integer> order : permutations(List.of(0, 1, 2, 3, 4))) {
        List<String> callbacks = new ArrayList<>();
        for (int tab = 0; tab < 5; tab++) {
          callbacks.add(five.signIn(five.navigate("/tab/" + tab), "alice"));
        }
        for (int tab : order) {
          assertLandsOn(five.get(callbacks.get(tab)), "/tab/" + tab);
        }
        // Nobody opens five tabs again at once: that is what going round looks like.
        five.cookies.remove(LoginRounds.cookieName("__Host-limen"));
        assertThat(five.flows()).isEmpty();
        assertThat(fixture.isLive(five.session())).isTrue();
        orders++;
      }
      assertThat(orders).isEqualTo(120);
    }

    private static List<List<Integer>> permutations(List<Integer> tabs) {
      if (tabs.isEmpty()) {
        return List.of(List.of());
      }
      List<List<Integer>> all = new ArrayList<>();
      for (Integer first : tabs) {
        List<Integer> others = new ArrayList<>(tabs);
        others.remove((Object) first);
        for (List<Integer> rest : permutations(others)) {
          List<Integer> order = new ArrayList<>(List.of(first));
          order.addAll(rest);
          all.add(order);
        }
      }
      return all;
    }
  }

  @Nested
  @DisplayName("A54: the same callback twice")
  class Twice {
    @Test
    void theSecondGoesHomeWithTheSession() throws Exception {
      String callback = callback("/orders");
      assertLandsOn(browser.get(callback), "/orders");
      assertLandsOn(browser.get(callback), "/");
      assertThat(fixture.codesRedeemed()).isEqualTo(1);
      assertThat(fixture.isLive(browser.session())).isTrue();
    }

    @Test
    void theSecondIs400WithoutASession() throws Exception {
      String callback = callback("/orders");
      browser.get(callback);
      browser.cookies.clear();
      assertPage(browser.get(callback), 400, Reason.FLOW_UNKNOWN);
      assertThat(fixture.codesRedeemed()).isEqualTo(1);
    }

    @Test
    void aBrowserThatLostTheFirstAnswerIsNotSignedOutAtTheProvider() throws Exception {
      String callback = callback("/orders");
      LoginFixture.answer(browser.ask("GET", callback));
      Decision again = browser.get(callback);
      assertPage(again, 400, Reason.FLOW_UNKNOWN);
      assertThat(((Decision.Page) again).body()).contains("href=\"/oauth2/start?rd=/orders\"");
      assertThat(fixture.codesRedeemed()).isEqualTo(1);
    }

    @Test
    void atTheSameTimeBothGetTheSameSession() throws Exception {
      String callback = callback("/orders");
      List<CompletionStage<Decision>> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        answers.add(browser.ask("GET", callback));
      }
      for (CompletionStage<Decision> answer : answers) {
        assertThat(LoginFixture.answer(answer)).isEqualTo(LoginFixture.answer(answers.getFirst()));
      }
      browser.keep(LoginFixture.answer(answers.getFirst()));
      assertThat(fixture.isLive(browser.session())).isTrue();
      assertThat(fixture.codesRedeemed()).isEqualTo(1);
    }
  }
}
