package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.session.Session;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLookup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limen's own cookies in a request. */
final class RequestCookiesTest {
  private static final String NAME = "__Host-limen";

  private static RequestCookies read(String... fields) {
    return RequestCookies.of(NAME, List.of(fields));
  }

  @Test
  void sessionAndFlowsAreFoundAmongOthers() {
    RequestCookies cookies =
        read(
            "a=b; __Host-limen=S; __Host-limen-flow-abcdef=F; __Host-limenx=no; x=__Host-limen=no");
    assertThat(cookies.sessionValues()).containsExactly("S");
    assertThat(cookies.flowNames()).containsExactly("__Host-limen-flow-abcdef");
    assertThat(cookies.flowValue("__Host-limen-flow-abcdef")).isEqualTo("F");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "__Host-limen=A;__Host-limen=B",
        "__Host-limen=A, __Host-limen=B",
        "__Host-limen=A ;\t__Host-limen=B\t"
      })
  void twoSessionsAreBothSeen(String field) {
    assertThat(read(field).sessionValues()).containsExactly("A", "B");
  }

  @Test
  void severalLinesAreOneRequest() {
    assertThat(read("__Host-limen=A", "__Host-limen=B").sessionValues()).containsExactly("A", "B");
  }

  @Test
  void aFlowThatComesTwiceHasNoValue() {
    RequestCookies cookies = read("__Host-limen-flow-abcdef=A; __Host-limen-flow-abcdef=B");
    assertThat(cookies.flowNames()).containsExactly("__Host-limen-flow-abcdef");
    assertThat(cookies.flowValue("__Host-limen-flow-abcdef")).isNull();
  }

  @Test
  void aThirdOfThemDoesNotBringItBack() {
    String one = "__Host-limen-flow-abcdef=A";
    assertThat(read(one, one, one).flowValue("__Host-limen-flow-abcdef")).isNull();
  }

  @Test
  void onlyExactNamesCount() {
    RequestCookies cookies =
        read("__host-limen=A; __Host-limen =B; \"__Host-limen\"=C; __Host-limen");
    assertThat(cookies.sessionValues()).isEmpty();
  }

  @Test
  void aNameThatCannotBeClearedIsNoFlow() {
    assertThat(read("__Host-limen-flow-a b=A; __Host-limen-flow-<>=B").flowNames()).isEmpty();
  }

  @Test
  void aNameIsAFlowsUpToItsLimit() {
    String prefix = "__Host-limen-flow-";
    String longest = prefix + "a".repeat(RequestCookies.MAX_NAME_LENGTH - prefix.length());
    assertThat(read(longest + "=A").flowNames()).containsExactly(longest);
    assertThat(read(longest + "a=A").flowNames()).isEmpty();
  }

  @Test
  @DisplayName("A40 four sessions that were planted are ended at a login, a fifth is not looked at")
  void fourSessionsAreEndedAndAFifthIsNot() {
    SessionFixture fixture = new SessionFixture();
    SessionCookie cookie = new SessionCookie(fixture.keys);
    List<Session> planted = new ArrayList<>();
    List<String> fields = new ArrayList<>();
    for (int i = 0; i <= RequestCookies.MAX_SESSIONS; i++) {
      Session session = fixture.create();
      planted.add(session);
      fields.add(NAME + "=" + cookie.value(session.secret()));
    }
    RequestCookies cookies = RequestCookies.of(NAME, fields);
    CarriedSessions.of(cookies, cookie, fixture.sessions).end().toCompletableFuture().join();
    for (int i = 0; i < RequestCookies.MAX_SESSIONS; i++) {
      assertThat(fixture.find(planted.get(i))).isInstanceOf(SessionLookup.None.class);
    }
    assertThat(fixture.find(planted.getLast())).isInstanceOf(SessionLookup.Found.class);
    assertThat(RequestCookies.MAX_SESSIONS).isEqualTo(4);
  }

  @Test
  void moreThanTheLimitsAreNotLookedAt() {
    StringBuilder field = new StringBuilder();
    for (int i = 0; i <= RequestCookies.MAX_FLOWS; i++) {
      field.append("__Host-limen=").append(i).append(";__Host-limen-flow-").append(i).append("=a;");
    }
    RequestCookies cookies = read(field.toString());
    assertThat(cookies.flowNames()).hasSize(RequestCookies.MAX_FLOWS);
    assertThat(cookies.sessionValues()).hasSize(RequestCookies.MAX_SESSIONS);
  }
}
