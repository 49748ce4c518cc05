package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What rules and headers may ask of a token. */
class ClaimsTest {
  private static final Claims CLAIMS =
      claims(
          """
          {
            "sub": "alice", "exp": 1800000000.9, "admin": true, "said": "true", "gone": null,
            "groups": ["staff", 7, "ops"], "one": "single", "empty": [],
            "realm_access": {"roles": ["user", "admin"]},
            "resource_access": {"my.client": {"roles": ["reader"]}, "my": {"x": "y"}},
            "https://example.com/roles": ["writer"],
            "a.b": "whole", "a": {"b": "inner", "c": {"d": {"e": "deep"}}}
          }
          """);

  private static Claims claims(String json) {
    return new Claims(
        Objects.requireNonNull(JsonObject.parse(json.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void aTextIsATextAndNothingElse() {
    assertThat(CLAIMS.text("sub")).isEqualTo("alice");
    for (String name : List.of("exp", "admin", "gone", "groups", "realm_access", "nobody", "")) {
      assertThat(CLAIMS.text(name)).as(name).isNull();
    }
  }

  @Test
  void severalTextsMayBeOne() {
    assertThat(CLAIMS.texts("groups")).containsExactly("staff", "ops");
    assertThat(CLAIMS.texts("one")).containsExactly("single");
    for (String name : List.of("empty", "exp", "realm_access", "nobody")) {
      assertThat(CLAIMS.texts(name)).as(name).isEmpty();
    }
  }

  @Test
  void secondsAndTruthHaveTheirOwnTypes() {
    assertThat(CLAIMS.seconds("exp")).isEqualTo(1_800_000_000L);
    assertThat(CLAIMS.seconds("sub")).isNull();
    assertThat(CLAIMS.isTrue("admin")).isTrue();
    assertThat(CLAIMS.isTrue("said")).isFalse();
    assertThat(CLAIMS.isTrue("nobody")).isFalse();
  }

  @Test
  void aDotLeadsIntoAnObject() {
    assertThat(CLAIMS.texts("realm_access.roles")).containsExactly("user", "admin");
    assertThat(CLAIMS.text("a.c.d.e")).isEqualTo("deep");
    assertThat(CLAIMS.has("a.c")).isTrue();
    assertThat(CLAIMS.has("a.c.x")).isFalse();
    assertThat(CLAIMS.has("sub.x")).isFalse();
  }

  @Test
  void aNameWithDotsIsFoundAsItStandsFirst() {
    assertThat(CLAIMS.texts("https://example.com/roles")).containsExactly("writer");
    assertThat(CLAIMS.text("a.b")).isEqualTo("whole");
    assertThat(CLAIMS.texts("resource_access.my.client.roles")).containsExactly("reader");
  }

  @Test
  void whatIsHandedOutCannotBeChanged() {
    assertThat(CLAIMS.texts("groups")).isUnmodifiable();
  }

  @Test
  void aPersonsDataStaysOutOfLogs() {
    assertThat(CLAIMS).hasToString("Claims");
  }

  @Test
  void aTokenThatWasAcceptedBeforeCanBeAskedAgain() {
    String token = "e30." + SigningKey.part("{\"sub\":\"alice\",\"acr\":\"2\"}") + ".c2ln";
    Claims claims = Objects.requireNonNull(Claims.ofAccepted(token));
    assertThat(claims.text("acr")).isEqualTo("2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "opaque", "a.b", "e30.e30", "e30.W10.c2ln", "e30.=.c2ln"})
  void whatIsNoTokenHasNoClaims(String text) {
    assertThat(Claims.ofAccepted(text)).isNull();
  }
}
