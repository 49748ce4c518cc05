package dev.limen.e2e;

import static dev.limen.e2e.ThroughEnvoy.REFUSED;
import static dev.limen.e2e.ThroughEnvoy.UNASKED;
import static dev.limen.e2e.ThroughEnvoy.pass;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Ports;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Identity headers: attack list A, section 2.2.
 *
 * <p>Invariant: through the shipped gateway, and through the bare listener, where Limen alone
 * stands against what a client claims; each says which headers arrived.
 */
interface IdentityThroughEnvoy extends ThroughEnvoy {
  String REACHED = "200, reached";

  private List<Visitor> atBothDoors(String user) throws IOException {
    Visitor visitor = user.equals("alice") ? alice() : Visitor.signedIn(user);
    return List.of(visitor, visitor.at(Door.BARE.port()));
  }

  @Test
  @DisplayName(
      "A21 C8 C10 a header of groups that a client sends does not arrive for one without groups")
  default void whatIsNotKnownIsRemoved() throws IOException {
    for (Visitor plain : atBothDoors("plain")) {
      Passage passed = pass(plain, "/orders", "X-Auth-Request-Groups: admin");
      assertThat(passed.summary()).isEqualTo(REACHED);
      assertThat(passed.arrived("x-auth-request-groups")).isEmpty();
      assertThat(passed.arrived("x-auth-request-preferred-username")).containsExactly("plain");
    }
  }

  @Test
  @DisplayName("A22 a name in another spelling: the gateway refuses it; over gRPC Limen removes it")
  default void otherSpellingsDoNotArrive() throws IOException {
    for (String name : List.of("X_Auth_Request_User", "X-Auth_Request-User")) {
      assertThat(pass(alice(), "/orders", name + ": admin").summary()).isEqualTo(UNASKED);
      Passage bare = pass(aliceAtTheBareDoor(), "/orders", name + ": admin");
      assertThat(bare.summary()).isEqualTo(REACHED);
      // Over HTTP Limen sees only what the gateway's list names: why the gateway refuses it itself.
      assertThat(bare.arrived(name.toLowerCase(Locale.ROOT)))
          .isEqualTo(mode() == Mode.GRPC ? List.of() : List.of("admin"));
    }
  }

  @Test
  @DisplayName("A23 C124 of two values that a client sends none arrives: exactly one does, Limen's")
  default void aClientsOwnValuesAreOverwritten() throws IOException {
    for (Visitor visitor : atBothDoors("alice")) {
      Passage passed =
          pass(visitor, "/orders", "x-AUTH-request-USER: admin", "x-auth-request-user: root");
      assertThat(passed.summary()).isEqualTo(REACHED);
      assertThat(passed.arrived("x-auth-request-user"))
          .singleElement()
          .asString()
          .matches("[0-9a-f-]{36}");
    }
  }

  @Test
  @DisplayName("A24 C10 on a public route no managed header arrives, whoever asks")
  default void aPublicRouteIsNobodys() throws IOException {
    String[] claimed = {
      "authorization: Bearer evil",
      "x-auth-request-user: admin",
      "x-auth-request-email: admin@example.com",
      "x-auth-request-groups: admin",
      "x-auth-request-preferred-username: admin",
      "x-report-user: admin",
    };
    for (Visitor visitor : atBothDoors("alice")) {
      Passage passed = pass(visitor, "/public/x", claimed);
      assertThat(passed.summary()).isEqualTo(REACHED);
      assertThat(passed.arrived())
          .noneMatch(line -> line.contains("admin") || line.contains("evil"))
          .noneMatch(line -> line.startsWith("x-auth-request-"));
    }
  }

  /** Envoy takes {@code Connection} away, so that no later hop drops what it names. */
  @Test
  @DisplayName(
      "A25 what Connection names is not dropped: Envoy takes it away; Limen's answer is 400")
  default void aConnectionHeaderTakesNoIdentityAway() throws IOException {
    Passage passed = pass(alice(), "/orders", "connection: close, X-Auth-Request-Email");
    assertThat(passed.summary()).isEqualTo(REACHED);
    assertThat(passed.arrived("x-auth-request-email")).containsExactly("alice@example.com");
    assertThat(passed.arrived("connection")).isEmpty();
    if (mode() == Mode.GRPC) {
      // With an upgrade it stays, and Limen sees it.
      String[] upgrade = {"connection: upgrade, X-Auth-Request-Email", "upgrade: websocket"};
      assertThat(pass(alice(), "/orders", upgrade).summary()).isEqualTo("400, refused by Limen");
    }
    Visitor gateway = alice().at(Ports.LIMEN_HTTP);
    assertThat(gateway.get("/limen/check/orders").status()).isEqualTo(200);
    assertThat(gateway.get("/limen/check/orders", "connection: X-Auth-Request-Email").status())
        .isEqualTo(400);
  }

  @Test
  @DisplayName("A26 an address with a line break in it is not passed on, and splits no header")
  default void aLineBreakSplitsNoHeader() throws IOException {
    Passage passed = pass(Visitor.signedIn("torn"), "/orders");
    assertThat(passed.summary()).isEqualTo(REACHED);
    assertThat(passed.arrived("x-auth-request-preferred-username")).containsExactly("torn");
    assertThat(passed.arrived("x-auth-request-email")).isEmpty();
    assertThat(passed.arrived("x-auth-request-groups")).isEmpty();
  }

  @Test
  @DisplayName("A27 a group with a comma in its name is one group: its comma is escaped")
  default void aGroupIsNeverTakenForTwo() throws IOException {
    Passage passed = pass(Visitor.signedIn("pair"), "/orders");
    assertThat(passed.summary()).isEqualTo(REACHED);
    assertThat(passed.arrived("x-auth-request-groups")).containsExactly("users%2Cadmins,staff");
  }

  @Test
  @DisplayName("A28 groups past the cap of a header are 403 and the session stays, never a part")
  default void groupsAreSentWholeOrNotAtAll() throws IOException {
    Visitor crowd = Visitor.signedIn("crowd");
    Passage refused = pass(crowd, "/orders");
    assertThat(refused.summary()).isEqualTo("403, refused by Limen");
    assertThat(refused.reply().text()).contains("header_value_refused");
    assertThat(refused.reply().all("set-cookie")).isEmpty();
    assertThat(crowd.session()).isNotNull();
  }

  @Test
  @DisplayName("A28 with 5,000 groups a token is past its own limit: nobody is signed in with it")
  default void aTokenPastItsLimitSignsNobodyIn() {
    assertThatThrownBy(() -> Visitor.signedIn("throng"))
        .isInstanceOf(IOException.class)
        .hasMessage("not signed in: status=400");
  }

  @Test
  @DisplayName("A29 a client's own Authorization is overwritten, and removed where nobody is meant")
  default void aClientsAuthorizationDoesNotArrive() throws IOException {
    for (Visitor visitor : atBothDoors("alice")) {
      Passage passed = pass(visitor, "/orders", "Authorization: Bearer evil");
      assertThat(passed.summary()).isEqualTo(REACHED);
      assertThat(passed.arrived("authorization"))
          .singleElement()
          .asString()
          .startsWith("Bearer ey");
      Passage open = pass(visitor, "/public/x", "Authorization: Bearer evil");
      assertThat(open.summary()).isEqualTo(REACHED);
      assertThat(open.arrived("authorization")).isEmpty();
    }
  }

  @Test
  @DisplayName("A30 Envoy's own names in a request remove nothing, and are not passed on")
  default void envoysOwnNamesFromAClientDoNothing() throws IOException {
    for (Visitor visitor : atBothDoors("alice")) {
      Passage passed =
          pass(
              visitor,
              "/orders",
              "x-envoy-auth-headers-to-remove: x-auth-request-user, authorization, x-kept",
              "x-kept: 1");
      assertThat(passed.summary()).isEqualTo(REACHED);
      assertThat(passed.arrived("x-auth-request-user")).hasSize(1);
      assertThat(passed.arrived("authorization")).hasSize(1);
      assertThat(passed.arrived("x-kept")).containsExactly("1");
    }
    Passage shipped =
        pass(
            alice(),
            "/orders",
            "x-envoy-auth-headers-to-remove: a",
            "x-envoy-auth-partial-body: b");
    assertThat(shipped.arrived()).noneMatch(line -> line.startsWith("x-envoy-auth-"));
  }

  @Test
  @DisplayName(
      "A31 C131 bytes from 0x80 break nothing: with them a cookie is none, a header a header")
  default void bytesFrom0x80BreakNothing() throws IOException {
    Visitor nobody = new Visitor();
    for (String line :
        List.of("cookie: __Host-limen=\u00ff", "cookie: \u0080=\u00ff", "x: \u00ff")) {
      assertThat(pass(nobody, "/orders", line).summary()).as(line).isEqualTo(REFUSED);
    }
    assertThat(pass(alice(), "/orders", "x-odd: \u0080\u00ff").summary()).isEqualTo(REACHED);
  }

  @Test
  @DisplayName("A32 Limen's cookie does not arrive, and the others do, byte for byte")
  default void ownCookiesDoNotArrive() throws IOException {
    String session = "__Host-limen=" + alice().session();
    Passage passed = pass(new Visitor(), "/orders", "cookie: a=1; " + session + "; b=2");
    assertThat(passed.summary()).isEqualTo(REACHED);
    assertThat(passed.arrived("cookie")).containsExactly("a=1; b=2");
    Passage alone = pass(new Visitor(), "/orders", "cookie: " + session);
    assertThat(String.join("", alone.arrived("cookie"))).isEmpty();
  }
}
