package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.server.Doors.Door;
import dev.limen.session.Session;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider may say, from its token endpoint to the upstream, over a real Redis. */
@Timeout(300)
class TokenAttackTest {
  private static AttackedLimen house;

  private Visit visit;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    house = AttackedLimen.start(folder);
  }

  @AfterAll
  static void stop() {
    house.close();
  }

  @BeforeEach
  void openABrowser() {
    visit = house.visit();
    house.provider.log().clear();
  }

  @AfterEach
  void mendTheProvider() {
    house.provider.faults().clear();
  }

  private static int codesRedeemed() {
    return house.provider.log().of(RequestKind.TOKEN_CODE).size();
  }

  private static int keysFetchedElsewhere() {
    return house.other.log().of(RequestKind.CERTS).size();
  }

  /** Waits for the renewal that this check may only have begun: 503 until it is stored. */
  private static Arrived afterRefresh(Door door, Asked asked) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Arrived arrived = house.doors.ask(door, asked);
    while (arrived.status() == 503 && System.nanoTime() < end) {
      arrived.assertNobody(503);
      Thread.sleep(20);
      arrived = house.doors.ask(door, asked);
    }
    return arrived;
  }

  private void claims(String name, Object value) {
    house
        .provider
        .faults()
        .changeClaims(claims -> {
          claims.put(name, value);
          return claims;
        });
  }

  /*
   * A key that nobody published may be one that this replica has not read yet: 503 where the keys
   * were read too short a while ago to be read again, else 400 as all others.
   */
  @Test
  @DisplayName("A49 A55 A56 A57 A58 A59 A60 A61 A62 A64 a forged ID token is no session")
  void whoeverLogsInWithAForgedIdTokenHasNoSession() throws Exception {
    int sessions = house.sessionCount();
    int elsewhere = keysFetchedElsewhere();
    List<Forgery> forgeries = Forgery.all(house.provider.issuer(), house.other.issuer());
    for (Forgery forgery : forgeries) {
      visit.cookies().clear();
      String callback = visit.callback("/orders", "alice");
      forgery.switches().accept(house.provider.faults());
      HttpResponse<String> answer = visit.endpoint(callback);
      house.provider.faults().clear();
      assertThat(answer.statusCode()).as(forgery.name()).isIn(400, statusIfNotKnown(forgery));
      assertThat(answer.headers().allValues("location")).as(forgery.name()).isEmpty();
      assertThat(answer.headers().allValues("set-cookie"))
          .as(forgery.name())
          .allMatch(each -> each.startsWith("__Host-limen-flow-") && each.contains("Max-Age=0"));
      assertThat(house.sessionCount()).as(forgery.name()).isEqualTo(sessions);
    }
    assertThat(codesRedeemed()).isEqualTo(forgeries.size());
    assertThat(keysFetchedElsewhere()).as("fetched for a token").isEqualTo(elsewhere);

    visit.cookies().clear();
    visit.logIn("alice");
    for (Door door : Door.values()) {
      house.doors.ask(door, Asked.with("/orders", visit.cookie())).assertIs("alice");
    }
  }

  private static int statusIfNotKnown(Forgery forgery) {
    boolean keyIsUnknown =
        List.of("A57 an unknown kid", "A57 a kid that is a path").contains(forgery.name());
    return keyIsUnknown || forgery.name().equals("A62 1 MiB") ? 503 : 400;
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A49 the nonce of another login under way is refused")
  void theNonceOfAnotherLoginIsRefused(Door door) throws Exception {
    String first = visit.callback("/first", "alice");
    String second = visit.callback("/second", "alice");
    String[] nonce = new String[1];
    house
        .provider
        .faults()
        .changeClaims(claims -> {
          nonce[0] = String.valueOf(claims.get("nonce"));
          return claims;
        });
    assertThat(visit.endpoint(first).statusCode()).isEqualTo(302);
    int sessions = house.sessionCount();
    claims("nonce", nonce[0]);
    assertThat(visit.endpoint(second).statusCode()).isEqualTo(400);
    assertThat(house.sessionCount()).isEqualTo(sessions);
    house.doors.ask(door, Asked.with("/orders", visit.cookie())).assertNobody(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "u@evil.com@example.com",
        "u@example.com.evil.com",
        "\"u@example.com\"@evil.com",
        "u@ex\u0430mple.com",
        "u@notexample.com",
      })
  @DisplayName("A63 whose address only looks like the domain's is 403, and keeps the session")
  void whoseAddressOnlyLooksLikeTheDomainsIs403(String email) throws Exception {
    claims("email", email);
    visit.logIn("alice");
    for (Door door : Door.values()) {
      for (Asked asked : corp()) {
        Arrived refused = house.doors.ask(door, asked);
        refused.assertNobody(403);
        assertThat(refused.all("set-cookie")).isEmpty();
      }
      house.doors.ask(door, Asked.with("/orders", visit.cookie())).assertIs("alice");
    }
  }

  private List<Asked> corp() {
    Asked asked = Asked.get("/corp/x", "cookie: " + visit.cookie(), "x-auth-request-email: a@b.c");
    return List.of(asked, asked.navigation());
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A63 whose address is not verified is 403 and goes upstream without it")
  void whoseAddressIsNotVerifiedIs403(Door door) throws Exception {
    claims("email_verified", false);
    visit.logIn("alice");
    for (Asked asked : corp()) {
      house.doors.ask(door, asked).assertNobody(403);
    }
    assertThat(house.answeredFor("email_refused")).isPositive();
    Arrived elsewhere =
        house.doors.ask(
            door, Asked.get("/orders", "cookie: " + visit.cookie(), "x-auth-request-email: a@b.c"));
    elsewhere.assertIs("alice");
    assertThat(elsewhere.upstreamAll("x-auth-request-email")).isEmpty();

    house.provider.faults().clear();
    Visit verified = house.visit();
    verified.logIn("alice");
    Arrived passed = house.doors.ask(door, Asked.with("/corp/x", verified.cookie()));
    passed.assertIs("alice");
    assertThat(passed.upstreamAll("x-auth-request-email")).containsExactly("alice@example.com");
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A64 at a bearer route neither ID token nor refresh token is an access token")
  void atABearerRouteOnlyTheAccessTokenIsTaken(Door door) throws Exception {
    visit.logIn("alice");
    Session session = house.stored(visit.sessionCookie());
    String refreshToken = Objects.requireNonNull(session.tokens().refreshToken());
    for (String token : List.of(session.tokens().idToken(), refreshToken)) {
      Arrived refused =
          house.doors.ask(door, Asked.get("/api/x", "authorization: Bearer " + token));
      refused.assertNobody(401);
      assertThat(refused.all("www-authenticate"))
          .singleElement()
          .asString()
          .contains("error=\"invalid_token\"");
    }
    String accessToken = session.tokens().accessToken();
    Arrived passed =
        house.doors.ask(door, Asked.get("/api/x", "authorization: Bearer " + accessToken));
    passed.assertIs("alice");
    assertThat(passed.upstreamAll("authorization")).containsExactly("Bearer " + accessToken);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A64 an access token in the ID token's place signs nobody in")
  void anAccessTokenInTheIdTokensPlaceSignsNobodyIn(Door door) throws Exception {
    visit.logIn("alice");
    String accessToken = house.stored(visit.sessionCookie()).tokens().accessToken();
    Visit late = house.visit();
    String callback = late.callback("/orders", "alice");
    house.provider.faults().changeIdTokens(_ -> accessToken);
    HttpResponse<String> answer = late.endpoint(callback);
    assertThat(answer.statusCode()).isEqualTo(400);
    late.keep(answer);
    assertThat(late.sessionCookie()).isEmpty();
    house.doors.ask(door, Asked.with("/orders", late.cookie() + "; a=b")).assertNobody(401);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A65 a refresh that is about somebody else ends the session, with an alarm")
  void aRefreshAboutSomebodyElseEndsTheSession(Door door) throws Exception {
    for (Map<String, Object> lie :
        List.<Map<String, Object>>of(
            Map.of("sub", "somebody-else"), Map.of("iss", house.other.issuer()))) {
      Visit person = house.visit();
      person.logIn("alice");
      Asked asked = Asked.with("/orders", person.cookie());
      house.doors.ask(door, asked).assertIs("alice");
      house
          .provider
          .faults()
          .changeClaims(claims -> {
            claims.putAll(lie);
            return claims;
          });
      house.letTokensExpire(person.sessionCookie());
      long alarms = house.figure("limen_refreshes_total", "outcome=\"identity_changed\"");
      afterRefresh(door, asked).assertNobody(401);
      house.doors.ask(door, asked.navigation()).assertNobody(302);
      assertThat(house.isLive(person.sessionCookie())).as("in Redis").isFalse();
      assertThat(house.figure("limen_refreshes_total", "outcome=\"identity_changed\""))
          .isEqualTo(alarms + 1);
      house.provider.faults().clear();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"HTTP_500", "GARBAGE", "LOST_RESPONSE"})
  @DisplayName("A67 a token endpoint in trouble is 503 at a login, and there is no session")
  void aTokenEndpointInTroubleIs503AtALogin(Fault fault) throws Exception {
    int sessions = house.sessionCount();
    String callback = visit.callback("/orders", "alice");
    house.provider.faults().switchOn(fault, RequestKind.TOKEN_CODE, 1);
    HttpResponse<String> answer = visit.endpoint(callback);
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("href=\"/oauth2/start?rd=/orders\"");
    assertThat(answer.headers().allValues("set-cookie"))
        .noneMatch(each -> each.startsWith("__Host-limen="));
    assertThat(house.sessionCount()).isEqualTo(sessions);
    assertThat(codesRedeemed()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A67 while a session cannot be renewed a check is 503, and the session stays")
  void whileASessionCannotBeRenewedACheckIs503(Door door) throws Exception {
    visit.logIn("alice");
    house.letTokensExpire(visit.sessionCookie());
    house.provider.faults().switchOn(Fault.HTTP_500, RequestKind.TOKEN_REFRESH, 1_000);
    Asked asked = Asked.with("/orders", visit.cookie());
    for (Asked each : List.of(asked, asked.navigation(), asked)) {
      Arrived arrived = house.doors.ask(door, each);
      arrived.assertNobody(503);
      assertThat(arrived.all("set-cookie")).isEmpty();
    }
    assertThat(house.isLive(visit.sessionCookie())).isTrue();
    house.provider.faults().clear();
    afterRefresh(door, asked).assertIs("alice");
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A75 whose group is taken away is refused from the next refresh on, by 403")
  void whoseGroupIsTakenAwayIsRefusedFromTheNextRefreshOn(Door door) throws Exception {
    visit.logIn("alice");
    Asked staff = Asked.with("/staff/x", visit.cookie());
    Asked orders =
        Asked.get("/orders", "cookie: " + visit.cookie(), "x-auth-request-groups: staff");
    house.doors.ask(door, staff).assertIs("alice");
    assertThat(house.doors.ask(door, orders).upstreamAll("x-auth-request-groups"))
        .containsExactly("staff");
    claims("groups", List.of());
    house.letTokensExpire(visit.sessionCookie());
    Arrived refused = afterRefresh(door, staff);
    refused.assertNobody(403);
    assertThat(refused.all("set-cookie")).isEmpty();
    house.doors.ask(door, staff.navigation()).assertNobody(403);
    Arrived elsewhere = house.doors.ask(door, orders);
    elsewhere.assertIs("alice");
    assertThat(elsewhere.upstreamAll("x-auth-request-groups")).isEmpty();
    house.replicaDoors.ask(door, staff).assertNobody(403);
  }
}
