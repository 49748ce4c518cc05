package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Request;
import dev.limen.demo.run.Mode;
import java.io.IOException;

/**
 * What tests that go through the one running gateway share.
 *
 * <p>Invariant: tests of several files, one Envoy and one Limen for each dialect.
 */
interface ThroughEnvoy {
  String REFUSED = "401, refused by Limen";
  String UNASKED = "400, not asked";

  Mode mode();

  /** Signed in; in no need of a rule. */
  Visitor alice();

  /** The same person at the listener that guards nothing. */
  Visitor aliceAtTheBareDoor() throws IOException;

  static Passage pass(Visitor visitor, String path, String... lines) throws IOException {
    return Passage.of(visitor, Visitor.with(Visitor.request("GET", path), lines));
  }

  static Passage pass(Visitor visitor, Request request, String... lines) throws IOException {
    return Passage.of(visitor, Visitor.with(request, lines));
  }

  /** LOGIN in the words of the list: 302 to the provider for a navigation, 401 for all else. */
  static void assertLogin(String path, String... lines) throws IOException {
    Visitor nobody = new Visitor();
    assertThat(pass(nobody, path, lines).summary()).as(path).isEqualTo(REFUSED);
    Request click =
        Request.get(Visitor.SERVICES, path)
            .with("accept", "text/html")
            .with("sec-fetch-mode", "navigate")
            .with("sec-fetch-dest", "document");
    Passage clicked = pass(nobody, click, lines);
    assertThat(clicked.summary()).as(path).isEqualTo("302, refused by Limen");
    assertThat(clicked.reply().header("location"))
        .startsWith("http://127.0.0.1:8080/realms/limen/");
  }
}
