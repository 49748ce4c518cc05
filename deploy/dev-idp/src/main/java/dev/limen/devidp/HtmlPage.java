package dev.limen.devidp;

import com.nimbusds.jose.util.Base64;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * The few pages that people see.
 *
 * <p>Invariant: no script, nothing loaded from elsewhere, and every value that came from outside is
 * escaped.
 *
 * @param html the whole document
 */
record HtmlPage(String html) {

  // spotless:off
  private static final String STYLE =
      """
      :root { color-scheme: light dark; }
      * { box-sizing: border-box; }
      body { font: 16px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid;
        place-items: center; background: #eef1f5; color: #1c2430; }
      main { width: min(24rem, calc(100vw - 2rem)); background: #fff; padding: 2rem;
        border-radius: 12px; box-shadow: 0 8px 30px rgb(20 30 60 / 12%); }
      h1 { font-size: 1.4rem; margin: 0 0 1rem; }
      label { display: block; font-weight: 600; margin-top: 1rem; }
      input { width: 100%; font: inherit; padding: .6rem .7rem; margin-top: .25rem;
        border: 1px solid #8793a5; border-radius: 8px; background: #fff; color: inherit; }
      button { width: 100%; font: inherit; font-weight: 600; margin-top: 1.5rem; padding: .7rem;
        border: 0; border-radius: 8px; background: #1f4fbf; color: #fff; cursor: pointer; }
      input:focus-visible, button:focus-visible { outline: 3px solid #7aa2ff; outline-offset: 2px; }
      .error { margin: 0; padding: .6rem .8rem; border-radius: 8px; background: #fde8e8;
        color: #8f1d1d; }
      footer { margin-top: 1.5rem; font-size: .85rem; color: #5a6678; }
      @media (prefers-color-scheme: dark) {
        body { background: #12161d; color: #e6eaf0; }
        main { background: #1c222c; } input { background: #12161d; } footer { color: #9aa6b8; }
      }
      """;
  // spotless:on

  /**
   * No {@code form-action}: browsers apply it to the redirect that follows the form too, which
   * leads to the client and wherever the client goes on to.
   */
  static final String POLICY =
      "default-src 'none'; style-src 'sha256-"
          + sha256(STYLE)
          + "'; base-uri 'none'; frame-ancestors 'none'";

  /** The login form; its ids and field names are Keycloak's. */
  static HtmlPage login(String action, String username, @Nullable String problem) {
    String told =
        problem == null
            ? ""
            : "<p class=\"error\" id=\"input-error\" role=\"alert\">" + escape(problem) + "</p>";
    return of(
        "Sign in to Limen",
        told
            + """
            <form id="kc-form-login" method="post" action="%s">
            <label for="username">Username</label>
            <input id="username" name="username" type="text" value="%s" autocomplete="username" \
            required autofocus>
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" \
            required>
            <button id="kc-login" name="login" type="submit" value="Sign In">Sign in</button>
            </form>
            """
                .formatted(escape(action), escape(username)));
  }

  /** Asks before a session ends. */
  static HtmlPage logoutConfirmation(String action) {
    return of(
        "Sign out",
        """
        <p>Do you want to sign out?</p>
        <form id="kc-form-logout" method="post" action="%s">
        <button id="kc-logout" name="confirmLogout" type="submit" value="Sign out">Sign out</button>
        </form>
        """
            .formatted(escape(action)));
  }

  /** Says something, and asks nothing. */
  static HtmlPage message(String title, String text) {
    return of(title, "<p>" + escape(text) + "</p>\n");
  }

  private static HtmlPage of(String title, String content) {
    return new HtmlPage(
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>%s</title>
        <style>%s</style>
        </head>
        <body>
        <main>
        <h1>%s</h1>
        %s<footer>A provider for tests and demos. Never put it where others can reach it.</footer>
        </main>
        </body>
        </html>
        """
            .formatted(escape(title), STYLE, escape(title), content));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return Base64.encode(digest.digest(text.getBytes(StandardCharsets.UTF_8))).toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
