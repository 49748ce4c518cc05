package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.config.Requirement.AllOf;
import dev.limen.config.Requirement.AnyOf;
import dev.limen.config.Requirement.ClaimValues;
import dev.limen.config.Requirement.Group;
import dev.limen.config.Requirement.RoleAtClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How {@code require} is written, and what of it stops the start. */
@NullMarked
class RequirementTest {
  private static final String LEAST =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: {value: not-to-be-seen}
          oidcConfig: {issuerURL: "https://idp.example.com/realms/a"}
      redirects: {redirectURL: "https://shop.example.com/oauth2/callback"}
      """;
  private static final String ROUTE = LEAST + "routes:\n  - match: {path: /a}\n    mode: login\n";

  private static Requirement load(String yaml, Map<String, String> environment) {
    return new ConfigLoader(environment).parse(yaml).routes().get(0).require();
  }

  private static Requirement read(String require) {
    return load(ROUTE + "    require: " + require + "\n", Map.of());
  }

  private static String nested(int depth) {
    return "{not: ".repeat(depth - 1) + "{group: a}" + "}".repeat(depth - 1);
  }

  private static String leaves(int count) {
    return "{anyOf: [" + "{group: a},".repeat(count - 1) + "{scope: a}]}";
  }

  private static String claims(int count) {
    return "{claim: [" + "{name: a, value: b},".repeat(count) + "]}";
  }

  @Nested
  class EachKey {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            {group: ops}                       | Group[names=[ops]]
            {group: [ops, /a/b]}               | Group[names=[ops, /a/b]]
            {realmRole: [a, b]}                | RealmRole[names=[a, b]]
            {scope: [a, b]}                    | Scope[names=[a, b]]
            {acr: "2"}                         | Acr[values=[2]]
            {acr: [1, gold]}                   | Acr[values=[1, gold]]
            {maxAge: 15m}                      | MaxAge[age=PT15M]
            {maxAge: 1s}                       | MaxAge[age=PT1S]
            {maxAge: 30d}                      | MaxAge[age=PT720H]
            {emailDomain: [A.Example, b.org]}  | EmailDomain[domains=[a.example, b.org]]
            """)
    void isReadAsItIsWritten(String require, String expected) {
      assertThat(read(require)).hasToString(expected);
    }

    @Test
    void ofAClientsRoleNamesTheClientFirst() {
      assertThat(read("{clientRole: 'shop:buyer'}"))
          .isEqualTo(new Requirement.ClientRole(List.of(new RoleAtClient("shop", "buyer"))));
    }

    @Test
    void ofClaimsTakesOneOrSeveralAndTextNumbersAndBooleans() {
      assertThat(read("{claim: {name: address.country, value: DE}}"))
          .isEqualTo(
              new Requirement.Claims(List.of(new ClaimValues("address.country", List.of("DE")))));
      assertThat(read("{claim: [{name: level, values: [3, '4']}, {name: staff, value: true}]}"))
          .isEqualTo(
              new Requirement.Claims(
                  List.of(
                      new ClaimValues("level", List.of("3", "4")),
                      new ClaimValues("staff", List.of("true")))));
    }

    @Test
    void besideOthersMustHoldToo() {
      assertThat(read("{anyOf: [{group: a}, {not: {allOf: [{group: b}]}}], acr: gold}"))
          .isEqualTo(
              new Requirement.Every(
                  List.of(
                      new AnyOf(
                          List.of(
                              new Group(List.of("a")),
                              new Requirement.Not(new AllOf(List.of(new Group(List.of("b"))))))),
                      new Requirement.Acr(List.of("gold")))));
    }
  }

  @Test
  void leftOutOrNoneAsksForNothing() {
    assertThat(load(ROUTE, Map.of())).isEqualTo(Requirement.NONE);
    assertThat(read("none")).isEqualTo(Requirement.NONE);
  }

  @ParameterizedTest
  @CsvSource({"'{group: ops}', ops", "'{group: [ops, admins]}', ops"})
  void aVariableSaysItInFlowStyle(String value, String first) {
    Map<String, String> environment = Map.of("LIMEN_ROUTES_0_REQUIRE", value);
    assertThat(load(ROUTE + "    require: {group: other}\n", environment))
        .isInstanceOfSatisfying(Group.class, group -> assertThat(group.names()).startsWith(first));
  }

  @ParameterizedTest
  @CsvSource({"{group: ops", "''", "{}", "null", "ops"})
  void aVariableThatSaysNothingStopsTheStart(String value) {
    Map<String, String> environment = Map.of("LIMEN_ROUTES_0_REQUIRE", value);
    assertThatThrownBy(() -> load(ROUTE, environment))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("routes[0].require (LIMEN_ROUTES_0_REQUIRE): found ");
  }

  @Nested
  @DisplayName("CVE-2021-21411: what restricts nothing, or is read by nobody, stops the start")
  class WhatStopsTheStart {
    // spotless:off
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            {}                                          | ''             | {}
            ''                                          | ''             | nothing
            null                                        | ''             | nothing
            []                                          | ''             | []
            ops                                         | ''             | ops
            {anyOf: []}                                 | .anyOf         | []
            {anyOf: {group: a}}                         | .anyOf         | {"group":"a"}
            {anyOf: [{}]}                               | .anyOf[0]      | {}
            {anyOf: [{group: a}, none]}                 | .anyOf[1]      | none
            {allOf: []}                                 | .allOf         | []
            {allOf: [[{group: a}]]}                     | .allOf[0]      | [{"group":"a"}]
            {not: {}}                                   | .not           | {}
            {not: [{group: a}]}                         | .not           | [{"group":"a"}]
            {group: []}                                 | .group         | []
            {group: ''}                                 | .group         | nothing
            {group: null}                               | .group         | nothing
            {group: [a, ' ']}                           | .group[1]      | nothing
            {group: ' a'}                               | .group         | ' a'
            {group: 7}                                  | .group         | 7
            {group: [a, [b]]}                           | .group[1]      | ["b"]
            {realmRole: []}                             | .realmRole     | []
            {realmRole: true}                           | .realmRole     | true
            {clientRole: []}                            | .clientRole    | []
            {clientRole: buyer}                         | .clientRole    | buyer
            {clientRole: ':buyer'}                      | .clientRole    | :buyer
            {clientRole: ['a:b', 'shop:']}              | .clientRole[1] | shop:
            {clientRole: 'a:b:c'}                       | .clientRole    | a:b:c
            {scope: []}                                 | .scope         | []
            {scope: a b}                                | .scope         | a b
            {acr: []}                                   | .acr           | []
            {acr: 1.5}                                  | .acr           | 1.5
            {maxAge: 0s}                                | .maxAge        | 0s
            {maxAge: 999ms}                             | .maxAge        | 999ms
            {maxAge: 1500ms}                            | .maxAge        | 1500ms
            {maxAge: 2592001s}                          | .maxAge        | 2592001s
            {maxAge: 60}                                | .maxAge        | 60
            {maxAge: [1m]}                              | .maxAge        | ["1m"]
            {claim: []}                                 | .claim         | []
            {claim: {}}                                 | .claim         | {}
            {claim: {name: a}}                          | .claim         | {"name":"a"}
            {claim: {value: a}}                         | .claim         | {"value":"a"}
            {claim: {name: a, value: b, values: c}} |.claim|{"name":"a","value":"b","values":"c"}
            {claim: {name: a, values: []}}              | .claim.values  | []
            {claim: {name: a, value: []}}               | .claim.value   | []
            {claim: {name: a, value: ''}}               | .claim.value   | nothing
            {claim: {name: '', value: b}}               | .claim.name    | nothing
            {claim: {name: a..b, value: b}}             | .claim.name    | a..b
            {claim: {name: .a, value: b}}               | .claim.name    | .a
            {claim: {name: a., value: b}}               | .claim.name    | a.
            {claim: [{name: a, value: b}, c]}           | .claim[1]      | c
            {emailDomain: []}                           | .emailDomain   | []
            {emailDomain: '@corp.com'}                  | .emailDomain   | @corp.com
            {emailDomain: '*.corp.com'}                 | .emailDomain   | *.corp.com
            {emailDomain: .corp.com}                    | .emailDomain   | .corp.com
            {emailDomain: [a.com, cörp.com]}            | .emailDomain[1]| cörp.com
            """)
    // spotless:on
    void emptyOrOtherThanTheGrammar(String require, String key, String found) {
      assertThatThrownBy(() -> read(require))
          .isInstanceOf(ConfigException.class)
          .hasMessageMatching(
              "(?s)routes\\[0\\]\\.require"
                  + java.util.regex.Pattern.quote(key)
                  + "( \\(line 11\\))?: found "
                  + java.util.regex.Pattern.quote(found)
                  + ", expected .+");
    }

    @Test
    void anUnknownKeyWithLineAndSuggestion() {
      assertThatThrownBy(() -> read("\n      anyOf:\n        - {realmrole: a}"))
          .hasMessage(
              "routes[0].require.anyOf[0].realmrole (line 13): found an unknown key, expected"
                  + " realmRole?");
      assertThatThrownBy(() -> read("{zzzzzzzzz: a}"))
          .hasMessageEndingWith(
              "expected one of anyOf, allOf, not, group, realmRole, clientRole, scope, acr, maxAge,"
                  + " claim, emailDomain");
      assertThatThrownBy(() -> read("{claim: {name: a, vlaue: b}}"))
          .hasMessage(
              "routes[0].require.claim.vlaue (line 11): found an unknown key, expected value?");
    }

    @Test
    void theSameKeyTwice() {
      assertThatThrownBy(() -> read("{group: a, group: b}")).hasMessageContaining("each key once");
    }

    @Test
    void nothingAsTheListOfAnElementWrittenInJava() {
      assertThatIllegalArgumentException().isThrownBy(() -> new AnyOf(List.of()));
      assertThatIllegalArgumentException().isThrownBy(() -> new Group(List.of()));
    }

    @Test
    void aLongValueIsShownInPart() {
      String shown = "a ".repeat(RequirementReader.MAX_SHOWN / 2);
      assertThatThrownBy(() -> read("{anyOf: " + shown + "bc}"))
          .hasMessageContaining(": found " + shown + "…, expected");
    }
  }

  @Nested
  class Limits {
    @Test
    void anAgeOfOneSecondAndOfThirtyDaysIsTaken() {
      assertThat(RequirementReader.MIN_AGE).isEqualTo(Duration.ofSeconds(1));
      assertThat(read("{maxAge: 2592000s}"))
          .isEqualTo(new Requirement.MaxAge(RequirementReader.MAX_AGE));
    }

    @Test
    void rulesMayBeEightDeepAndNotNine() {
      assertThat(read(nested(RequirementReader.MAX_DEPTH))).isInstanceOf(Requirement.Not.class);
      assertThatThrownBy(() -> read(nested(RequirementReader.MAX_DEPTH + 1)))
          .hasMessage(
              "routes[0].require"
                  + ".not".repeat(8)
                  + " (line 11): found 9 levels of rules,"
                  + " expected at most 8");
      assertThatThrownBy(() -> read(nested(400))).isInstanceOf(ConfigException.class);
    }

    @Test
    void thereMayBeSixtyFourRulesAndNotOneMore() {
      assertThat(read(leaves(RequirementReader.MAX_LEAVES))).isInstanceOf(AnyOf.class);
      assertThatThrownBy(() -> read(leaves(RequirementReader.MAX_LEAVES + 1)))
          .hasMessage(
              "routes[0].require.anyOf[64].scope (line 11): found rule 65, expected at most 64 in"
                  + " one require");
    }

    @Test
    void eachClaimCountsAsARule() {
      assertThat(read(claims(RequirementReader.MAX_LEAVES))).isInstanceOf(Requirement.Claims.class);
      assertThatThrownBy(() -> read(claims(RequirementReader.MAX_LEAVES + 1)))
          .hasMessageStartingWith("routes[0].require.claim (line 11): found rule 65,");
    }
  }
}
