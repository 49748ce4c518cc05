package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.devidp.LogoutFlaw;
import dev.limen.devidp.RequestKind;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A provider's logout, from its logout token to the cookie that opens nothing any more. */
class LogoutOvertakesTest {
  private LoginFixture fixture;
  private Browser browser;

  @BeforeEach
  void start() throws Exception {
    fixture = LoginFixture.start();
    browser = fixture.browser();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  /** The provider says that the newest session of {@code user} has ended. */
  private Decision logOut(String user, LogoutFlaw flaw) {
    String form = "logout_token=" + fixture.idp.logoutToken(user, "limen", flaw);
    return LoginFixture.answer(
        fixture.login.handle(
            new EndpointRequest(
                "POST",
                "http",
                "limen.internal:4180",
                "/oauth2" + EndpointRequest.BACKCHANNEL_LOGOUT,
                null,
                List.of(),
                null,
                null,
                null,
                null,
                form),
            System.currentTimeMillis()));
  }

  private static void assertTaken(@Nullable Decision decision) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Page.class,
            page -> {
              assertThat(page.status()).isEqualTo(200);
              assertThat(page.reason()).isEqualTo(Reason.LOGGED_OUT_BY_PROVIDER);
            });
  }

  @ParameterizedTest
  @EnumSource(
      value = LogoutFlaw.class,
      names = {"NONE", "SUBJECT_ALONE", "SESSION_ALONE"})
  void endsTheSessionHere(LogoutFlaw none) throws Exception {
    browser.login("/", "alice");
    Browser bobs = fixture.browser();
    bobs.login("/", "bob");
    assertThat(browser.get("/oauth2/userinfo")).isInstanceOf(Decision.Page.class);

    assertTaken(logOut("alice", none));

    assertThat(browser.get("/oauth2/userinfo")).isInstanceOf(Decision.Deny.class);
    assertThat(bobs.get("/oauth2/userinfo")).isInstanceOf(Decision.Page.class);
  }

  @Test
  void ofOneBrowserLeavesTheOther() throws Exception {
    browser.login("/", "alice");
    Browser phone = fixture.browser();
    phone.login("/", "alice");

    assertTaken(logOut("alice", LogoutFlaw.NONE));

    long live =
        List.of(browser, phone).stream()
            .filter(each -> each.get("/oauth2/userinfo") instanceof Decision.Page)
            .count();
    assertThat(live).isEqualTo(1);
  }

  @Test
  void aLoginAfterALogoutIsALogin() throws Exception {
    browser.login("/", "alice");
    assertTaken(logOut("alice", LogoutFlaw.SUBJECT_ALONE));
    browser.login("/", "alice");
    assertThat(browser.get("/oauth2/userinfo")).isInstanceOf(Decision.Page.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = LogoutFlaw.class,
      names = {"NONE", "SUBJECT_ALONE", "SESSION_ALONE"})
  @DisplayName("a logout that arrives while the login's tokens are on their way wins")
  void aLogoutThatOvertakesItsLoginWins(LogoutFlaw none) throws Exception {
    String callback = browser.signIn(browser.navigate("/"), "alice");
    AtomicReference<@Nullable Decision> overtaking = new AtomicReference<>();
    fixture
        .idp
        .log()
        .addListener(request -> {
          // The grant is made, and its answer has not left yet.
          if (request.kind() == RequestKind.TOKEN_CODE) {
            overtaking.set(logOut("alice", none));
          }
        });

    browser.get(callback);

    assertTaken(overtaking.get());
    assertThat(browser.get("/oauth2/userinfo")).isInstanceOf(Decision.Deny.class);
  }
}
