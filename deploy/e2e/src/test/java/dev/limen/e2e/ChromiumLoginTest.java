package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.Cookie;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Stage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One login in a real Chromium, which is the judge of cookies that no test client can replace. */
class ChromiumLoginTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

  @Test
  void aPersonLogsInSeesThePageThatWasAskedForAndSignsOut() {
    try (Stage stage = Stage.open(Layout.find(), Stage.Options.DEMO, _ -> {});
        Playwright playwright = playwright()) {
      stage.openGateway(Mode.GRPC, _ -> {});
      Browser browser = playwright.chromium().launch(options());
      BrowserContext context = browser.newContext();
      Page page = context.newPage();

      page.navigate("http://localhost:8080/orders?x=1");
      assertThat(page.url()).startsWith("http://127.0.0.1:8080/realms/limen/");
      page.fill("input[name=username]", "alice");
      page.fill("input[name=password]", "alice");
      page.click("#kc-form-login [type=submit]");
      page.waitForURL("http://localhost:8080/orders?x=1");
      assertThat(page.content()).contains("alice");

      Cookie session = sessionCookie(context);
      assertThat(session.httpOnly).isTrue();
      assertThat(session.secure).isTrue();
      assertThat(session.path).isEqualTo("/");
      assertThat(context.cookies("http://localhost:8080/"))
          .noneMatch(cookie -> cookie.name.matches("__Host-limen-flow-.{6}"));

      page.navigate("http://localhost:8080/oauth2/sign_out?rd=/public/hello");
      assertThat(sessionCookie(context).value).isEqualTo(session.value);
      // The answer to the form leads to the provider, which is another origin, and back here.
      page.click("form [type=submit]");
      page.waitForURL(url -> url.startsWith("http://localhost:8080/public/hello"));
      assertThat(context.cookies("http://localhost:8080/"))
          .noneMatch(cookie -> cookie.name.equals("__Host-limen"));
      page.navigate("http://localhost:8080/orders");
      assertThat(page.url()).startsWith("http://127.0.0.1:8080/realms/limen/");
      assertThat(page.locator("input[name=password]").count()).isEqualTo(1);
      stage.forgetLogs();
    }
  }

  private static Cookie sessionCookie(BrowserContext context) {
    List<Cookie> cookies =
        context.cookies("http://localhost:8080/").stream()
            .filter(cookie -> cookie.name.equals("__Host-limen"))
            .toList();
    assertThat(cookies).hasSize(1);
    return cookies.getFirst();
  }

  private static Playwright playwright() {
    assertThat(CHROMIUM).as("apt-get install chromium").exists();
    return Playwright.create(
        new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
  }

  private static BrowserType.LaunchOptions options() {
    return new BrowserType.LaunchOptions()
        .setExecutablePath(CHROMIUM)
        .setArgs(
            List.of(
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync"));
  }
}
