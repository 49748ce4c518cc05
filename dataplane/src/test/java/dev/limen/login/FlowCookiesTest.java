package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.CookieConfig;
import dev.limen.cookie.SetCookie;
import dev.limen.crypto.KeyRing;
import dev.limen.crypto.RandomBytes;
import dev.limen.oidc.SentRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The cookies of logins under way. */
final class FlowCookiesTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final String PREFIX = "__Host-limen-flow-";

  private final CookieConfig config =
      LoginSettings.with("http://127.0.0.1:1/realms/limen").cookie();
  private final KeyRing keys = KeyRing.generated();
  private final FlowCookies cookies = new FlowCookies(config, keys, new SetCookie(true));

  private static Flow flow(String id, String returnTo, long createdAtMillis) {
    return new Flow(
        id,
        "main",
        RandomBytes.next(Flow.RANDOM_LENGTH),
        returnTo,
        createdAtMillis,
        SentRequest.NO_MAX_AGE);
  }

  private static String pair(String setCookie) {
    return setCookie.substring(0, setCookie.indexOf(';'));
  }

  private static RequestCookies sent(String... pairs) {
    return RequestCookies.of("__Host-limen", List.of(String.join("; ", pairs)));
  }

  private @Nullable Flow roundTrip(Flow flow) {
    return cookies.open(flow.id(), sent(pair(cookies.set(flow, "/"))));
  }

  private static List<String> namesOf(List<String> setCookies) {
    return setCookies.stream().map(each -> each.substring(0, each.indexOf('='))).toList();
  }

  @Test
  void whatIsSealedIsOpened() {
    Flow flow = flow("abcdef", "/orders?x=1", NOW);
    Flow opened = Objects.requireNonNull(roundTrip(flow));
    assertThat(opened).usingRecursiveComparison().isEqualTo(flow);
  }

  @Test
  void theAttributesAreThoseOfAHostCookieThatLastsAsLongAsALoginMay() {
    assertThat(cookies.set(flow("abcdef", "/", NOW), "/"))
        .startsWith(PREFIX + "abcdef=")
        .endsWith("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900");
  }

  @Test
  void clearingRepeatsAllAttributes() {
    assertThat(cookies.clearing("abcdef"))
        .isEqualTo(PREFIX + "abcdef=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
  }

  @Test
  void theCookieTellsNothing() {
    Flow flow = flow("abcdef", "/secret-path", NOW);
    assertThat(cookies.set(flow, "/"))
        .doesNotContain(flow.nonce(), flow.codeVerifier(), "secret-path", "main");
  }

  @Nested
  @DisplayName("a value that was changed")
  class AChangedValue {
    private final Flow flow = flow("abcdef", "/a", NOW);
    private final String pair = pair(cookies.set(flow, "/"));
    private final int valueStart = pair.indexOf('=') + 1;

    @Test
    void doesNotOpenUnderAnotherFlowsName() {
      String moved = PREFIX + "abcdeg" + pair.substring(valueStart - 1);
      assertThat(cookies.open("abcdeg", sent(moved))).isNull();
    }

    @Test
    void doesNotOpenUnderAnotherCookiesName() {
      KeyRing same = keys;
      CookieConfig other = new CookieConfig("other", true, List.of(), config.flow());
      FlowCookies others = new FlowCookies(other, same, new SetCookie(true));
      String moved = "other-flow-abcdef" + pair.substring(valueStart - 1);
      assertThat(others.open("abcdef", RequestCookies.of("other", List.of(moved)))).isNull();
    }

    @Test
    void doesNotOpenWithAnyCharacterChanged() {
      for (int i = valueStart; i < pair.length(); i++) {
        char other = pair.charAt(i) == 'A' ? 'B' : 'A';
        String changed = pair.substring(0, i) + other + pair.substring(i + 1);
        assertThat(cookies.open("abcdef", sent(changed))).as("character %d", i).isNull();
      }
    }

    @Test
    void doesNotOpenCutAnywhereOrMadeLonger() {
      for (int end = valueStart; end < pair.length(); end++) {
        assertThat(cookies.open("abcdef", sent(pair.substring(0, end)))).as("at %d", end).isNull();
      }
      assertThat(cookies.open("abcdef", sent(pair + "A"))).isNull();
      assertThat(cookies.open("abcdef", sent(pair + "="))).isNull();
    }

    @Test
    void doesNotOpenTwice() {
      assertThat(cookies.open("abcdef", sent(pair, pair))).isNull();
    }

    @Test
    void doesNotOpenWithoutItsKeyAndNothingIsThrown() {
      FlowCookies elsewhere = new FlowCookies(config, KeyRing.generated(), new SetCookie(true));
      KeyRing renamed = KeyRing.of(List.of(new KeyRing.Key("k9", new byte[32])));
      FlowCookies rotated = new FlowCookies(config, renamed, new SetCookie(true));
      assertThat(elsewhere.open("abcdef", sent(pair))).isNull();
      assertThat(rotated.open("abcdef", sent(pair))).isNull();
    }
  }

  @Test
  void aFlowExpiresAfterItsTimeAndNotAtIt() {
    Flow flow = flow("abcdef", "/", NOW);
    assertThat(cookies.isExpired(flow, NOW + 900_000)).isFalse();
    assertThat(cookies.isExpired(flow, NOW + 900_001)).isTrue();
  }

  @Nested
  class AReturnUrl {
    @Test
    void of1024CharactersIsKept() {
      String target = "/orders?x=" + "a".repeat(FlowCookies.MAX_RETURN_LENGTH - 10);
      assertThat(Objects.requireNonNull(roundTrip(flow("abcdef", target, NOW))).returnTo())
          .isEqualTo(target);
    }

    @Test
    void of1025CharactersLosesItsQuery() {
      String target = "/orders?x=" + "a".repeat(FlowCookies.MAX_RETURN_LENGTH - 9);
      assertThat(Objects.requireNonNull(roundTrip(flow("abcdef", target, NOW))).returnTo())
          .isEqualTo("/orders");
    }

    @Test
    void losesItsQueryWhereALongProviderIdLeavesNoRoomInTheCookie() {
      String target = "/orders?x=" + "a".repeat(FlowCookies.MAX_RETURN_LENGTH - 10);
      Flow flow =
          new Flow(
              "abcdef",
              "p".repeat(40),
              new byte[Flow.RANDOM_LENGTH],
              target,
              NOW,
              SentRequest.NO_MAX_AGE);
      assertThat(Objects.requireNonNull(roundTrip(flow)).returnTo()).isEqualTo("/orders");
    }

    @Test
    void isTheDefaultWhereItsPathAloneIsTooLong() {
      String target = "/" + "a".repeat(1_100) + "?x=1";
      assertThat(Objects.requireNonNull(roundTrip(flow("abcdef", target, NOW))).returnTo())
          .isEqualTo("/");
    }

    @Test
    void neverMakesTheCookieLongerThanItsLimit() {
      for (int length = 1; length < 2_000; length += 7) {
        Flow flow = flow("abcdef", "/" + "a".repeat(length) + "?" + "b".repeat(length / 2), NOW);
        assertThat(pair(cookies.set(flow, "/")).length() - 1)
            .isLessThanOrEqualTo(FlowCookies.MAX_LENGTH);
      }
    }
  }

  @Nested
  class MakingRoom {
    private final List<String> pairs = new ArrayList<>();

    private String add(int number, long createdAtMillis) {
      String id = "flow%02d".formatted(number);
      pairs.add(pair(cookies.set(flow(id, "/", createdAtMillis), "/")));
      return PREFIX + id;
    }

    private List<String> cleared() {
      return namesOf(cookies.makingRoom(sent(pairs.toArray(String[]::new))));
    }

    @Test
    void clearsNothingBelowTheLimit() {
      for (int i = 0; i < config.flow().maxFlows() - 1; i++) {
        add(i, NOW + i);
      }
      assertThat(cleared()).isEmpty();
    }

    @Test
    void clearsTheOldestAtTheLimit() {
      for (int i = 0; i < config.flow().maxFlows(); i++) {
        add(i, NOW - 100L * (i % 5) - i);
      }
      assertThat(cleared()).containsExactly(PREFIX + "flow04");
    }

    @Test
    void clearsWhatDoesNotOpenFirst() {
      for (int i = 0; i < config.flow().maxFlows() - 1; i++) {
        add(i, NOW + i);
      }
      pairs.add(PREFIX + "broken=AAAA");
      assertThat(cleared()).containsExactly(PREFIX + "broken");
    }

    @Test
    void clearsSoManyThatTheNewOneHasRoom() {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < config.flow().maxFlows() + 3; i++) {
        names.add(add(i, NOW + i));
      }
      assertThat(cleared()).containsExactlyElementsOf(names.subList(0, 4));
    }
  }

  @Test
  void statesOfTenThousandFlowsAreDistinctAndCarryTheirIds() {
    Set<String> states = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      Flow flow = Flow.begin("main", "/", SentRequest.NO_MAX_AGE, NOW);
      String state = flow.state();
      assertThat(Flow.isState(state)).isTrue();
      assertThat(Flow.idIn(state)).isEqualTo(flow.id());
      assertThat(Set.of(state.substring(Flow.ID_LENGTH), flow.nonce(), flow.codeVerifier()))
          .hasSize(3);
      states.add(state.substring(Flow.ID_LENGTH));
    }
    assertThat(states).hasSize(10_000);
  }
}
