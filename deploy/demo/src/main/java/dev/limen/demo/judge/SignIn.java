package dev.limen.demo.judge;

import dev.limen.demo.http.Reply;
import java.io.IOException;
import java.util.Map;

/** A whole sign-in in one go, for steps that need somebody signed in and judge something else. */
final class SignIn {
  private SignIn() {}

  /** From the service through the form back to it; the last answer before the service's own. */
  static void run(Scene scene, Browser browser, Credentials who) throws IOException {
    String start = scene.edge().services() + "/orders";
    String form = redirectOf(browser.navigate(start), start, "to the provider");
    scene.expectFresh(Query.of(form));
    Reply page = browser.navigate(form);
    String action = StepFailed.expectPresent(LoginForm.action(page.text(), form), "a login form");
    Reply posted = browser.submit(action, Map.of("username", who.user(), "password", who.user()));
    String callback = redirectOf(posted, action, "to the callback");
    redirectOf(browser.navigate(callback), callback, "back to the service");
  }

  private static String redirectOf(Reply reply, String from, String where) {
    String location = Browser.location(reply, from);
    StepFailed.expect(
        reply.status() == 302 && location != null,
        "a 302 " + where + " while signing in",
        reply.status());
    return StepFailed.expectPresent(location, "a Location");
  }
}
