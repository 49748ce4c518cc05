package dev.limen.demo.judge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The form of both providers. */
final class LoginFormTest {
  private static final String PAGE_URL = "http://127.0.0.1:8080/realms/limen/auth?x=1";

  @Test
  void keycloaksFormIsFound() {
    String page =
        """
        <form action="/search"></form>
        <form id="kc-form-login" class="pf" onsubmit="login.disabled = true; return true;"
          action="http://127.0.0.1:8080/realms/limen/login?session_code=a&amp;tab_id=b" method="post">
        """;
    assertThat(LoginForm.action(page, PAGE_URL))
        .isEqualTo("http://127.0.0.1:8080/realms/limen/login?session_code=a&tab_id=b");
  }

  @Test
  void aRelativeActionIsResolved() {
    String page = "<form method=post action='/login?a=1' id='kc-form-login'>";
    assertThat(LoginForm.action(page, PAGE_URL)).isEqualTo("http://127.0.0.1:8080/login?a=1");
  }

  @Test
  void anyOtherFormIsNone() {
    assertThat(LoginForm.action("<form id=\"kc-logout\" action=\"/x\">", PAGE_URL)).isNull();
    assertThat(LoginForm.action("kc-form-login", PAGE_URL)).isNull();
  }
}
