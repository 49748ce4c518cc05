package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.config.Requirement;
import dev.limen.config.Requirement.Acr;
import dev.limen.config.Requirement.AllOf;
import dev.limen.config.Requirement.AnyOf;
import dev.limen.config.Requirement.ClaimValues;
import dev.limen.config.Requirement.Claims;
import dev.limen.config.Requirement.ClientRole;
import dev.limen.config.Requirement.EmailDomain;
import dev.limen.config.Requirement.Every;
import dev.limen.config.Requirement.Group;
import dev.limen.config.Requirement.MaxAge;
import dev.limen.config.Requirement.Not;
import dev.limen.config.Requirement.RealmRole;
import dev.limen.config.Requirement.RoleAtClient;
import dev.limen.config.Requirement.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may pass by which rule, and what is said when not. */
@NullMarked
class CompiledRequirementTest {
  private static final long NOW_SECONDS = 1_800_000_000L;
  private static final long SKEW = CompiledRequirement.SKEW_SECONDS;
  private static final Requirement ADMINS = new Group(List.of("admins"));
  private static final Requirement GOLD = new Acr(List.of("gold"));
  private static final Requirement RECENT = new MaxAge(Duration.ofMinutes(5));

  private final Callers caller = new Callers();

  private @Nullable RuleRefusal judge(Requirement requirement) {
    return CompiledRequirement.of(requirement).judge(caller.build(), NOW_SECONDS * 1000);
  }

  private void holds(Requirement requirement) {
    assertThat(judge(requirement)).isNull();
  }

  private void isRefused(Requirement requirement, Reason reason, String rule) {
    assertThat(judge(requirement)).isEqualTo(RuleRefusal.lasting(reason, rule));
  }

  @Test
  void nothingIsAskedOfAnybodyWithoutRequire() {
    holds(Requirement.NONE);
  }

  @Nested
  @DisplayName("CVE-2021-21411: each key has a side that refuses")
  class EachKey {
    @Test
    void groupWantsAnyOfThem() {
      Requirement rule = new Group(List.of("ops", "/staff"));
      isRefused(rule, Reason.GROUP_MISSING, "require.group");
      caller.groups = List.of("OPS", "staff", "/staff/", "");
      isRefused(rule, Reason.GROUP_MISSING, "require.group");
      caller.groups = List.of("other", "/staff");
      holds(rule);
    }

    @Test
    void realmRoleWantsAnyOfThemAndNoGroupOfThatName() {
      Requirement rule = new RealmRole(List.of("admin", "auditor"));
      caller.groups = List.of("admin");
      caller.clientRoles = Map.of("realm", List.of("admin"));
      isRefused(rule, Reason.ROLE_MISSING, "require.realmRole");
      caller.realmRoles = List.of("user");
      isRefused(rule, Reason.ROLE_MISSING, "require.realmRole");
      caller.realmRoles = List.of("user", "auditor");
      holds(rule);
    }

    @Test
    void clientRoleWantsAnyOfThemAtItsOwnClient() {
      Requirement rule =
          new ClientRole(List.of(new RoleAtClient("shop", "buyer"), new RoleAtClient("a", "b")));
      caller.realmRoles = List.of("buyer", "shop:buyer");
      isRefused(rule, Reason.ROLE_MISSING, "require.clientRole");
      caller.clientRoles = Map.of("shop", List.of("b"), "a", List.of("buyer"));
      isRefused(rule, Reason.ROLE_MISSING, "require.clientRole");
      caller.clientRoles = Map.of("a", List.of("x", "b"));
      holds(rule);
    }

    @Test
    void scopeWantsEachOfThem() {
      Requirement rule = new Scope(List.of("read", "write"));
      isRefused(rule, Reason.SCOPE_MISSING, "require.scope");
      caller.scopes = Set.of("read", "openid");
      isRefused(rule, Reason.SCOPE_MISSING, "require.scope");
      caller.scopes = Set.of("read", "openid", "write");
      holds(rule);
    }

    @Test
    void acrWantsAnyOfThemAndSaysWhichToAskFor() {
      Requirement rule = new Acr(List.of("silver", "gold"));
      RuleRefusal refusal =
          new RuleRefusal(
              Reason.SIGN_IN_TOO_WEAK,
              "require.acr",
              List.of("silver", "gold"),
              RuleRefusal.ANY_AGE);
      assertThat(judge(rule)).isEqualTo(refusal);
      caller.acr = "bronze";
      assertThat(judge(rule)).isEqualTo(refusal);
      caller.acr = "gold";
      holds(rule);
    }

    @ParameterizedTest
    @CsvSource({
      "0, true",
      "300, true",
      "330, true",
      "331, false",
      "100000, false",
      "-30, true",
      "-31, false"
    })
    void maxAgeWantsASignInThatIsLessLongAgoThanThatAndTheSkew(long ago, boolean holds) {
      assertThat(SKEW).isEqualTo(30);
      caller.authTimeSeconds = NOW_SECONDS - ago;
      assertThat(judge(RECENT) == null).isEqualTo(holds);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE})
    void maxAgeWantsATimeOfSignInAndSaysWhatToAskFor(long authTimeSeconds) {
      caller.authTimeSeconds = authTimeSeconds;
      assertThat(judge(new MaxAge(Duration.ofDays(30))))
          .isEqualTo(
              new RuleRefusal(
                  Reason.SIGN_IN_TOO_OLD, "require.maxAge", List.of(), 30L * 24 * 60 * 60));
    }

    @Test
    void maxAgeTakesNoTimeAtAllForNoTimeOfSignIn() {
      CompiledRequirement recent = CompiledRequirement.of(RECENT);
      assertThat(recent.judge(caller.build(), 1000)).isNotNull();
    }

    @Test
    void claimWantsAnyValueOfEachOfThem() {
      Requirement rule =
          new Claims(
              List.of(
                  new ClaimValues("address.country", List.of("DE", "AT")),
                  new ClaimValues("level", List.of("3"))));
      isRefused(rule, Reason.CLAIM_REFUSED, "require.claim[0]");
      caller.texts.put("address.country", List.of("FR", "AT"));
      isRefused(rule, Reason.CLAIM_REFUSED, "require.claim[1]");
      caller.texts.put("level", List.of("2"));
      isRefused(rule, Reason.CLAIM_REFUSED, "require.claim[1]");
      caller.texts.put("level", List.of("3"));
      holds(rule);
      caller.texts.remove("address.country");
      isRefused(rule, Reason.CLAIM_REFUSED, "require.claim[0]");
    }

    @Test
    void claimAloneIsNamedWithoutAnIndex() {
      isRefused(
          new Claims(List.of(new ClaimValues("a", List.of("b")))),
          Reason.CLAIM_REFUSED,
          "require.claim");
    }

    @Test
    void notWantsWhatItHoldsNotToHold() {
      holds(new Not(ADMINS));
      caller.groups = List.of("admins");
      isRefused(new Not(ADMINS), Reason.RULE_REFUSED, "require.not");
      holds(new Not(new Not(ADMINS)));
    }

    @Test
    void notOfSomethingMissingHolds() {
      holds(new Not(GOLD));
      holds(new Not(RECENT));
      holds(new Not(new Claims(List.of(new ClaimValues("blocked", List.of("true"))))));
      holds(new Not(new EmailDomain(List.of("corp.com"))));
    }

    @Test
    void allOfWantsEachOfThem() {
      Requirement rule = new AllOf(List.of(ADMINS, new Scope(List.of("a"))));
      isRefused(rule, Reason.GROUP_MISSING, "require.allOf[0].group");
      caller.groups = List.of("admins");
      isRefused(rule, Reason.SCOPE_MISSING, "require.allOf[1].scope");
      caller.scopes = Set.of("a");
      holds(rule);
    }

    @Test
    void keysBesideEachOtherAreWantedTogether() {
      Requirement rule = new Every(List.of(ADMINS, new Scope(List.of("a"))));
      caller.scopes = Set.of("a");
      isRefused(rule, Reason.GROUP_MISSING, "require.group");
      caller.groups = List.of("admins");
      caller.scopes = Set.of();
      isRefused(rule, Reason.SCOPE_MISSING, "require.scope");
    }

    @Test
    void anyOfWantsOneOfThem() {
      Requirement rule = new AnyOf(List.of(ADMINS, new Scope(List.of("a"))));
      isRefused(rule, Reason.RULE_REFUSED, "require.anyOf");
      caller.scopes = Set.of("a");
      holds(rule);
      caller.scopes = Set.of();
      caller.groups = List.of("admins");
      holds(rule);
    }
  }

  @Nested
  class EmailDomains {
    private final Requirement rule = new EmailDomain(List.of("Corp.com", "xn--crp-sna.de"));

    @ParameterizedTest
    @ValueSource(strings = {"u@corp.com", "u@CORP.COM", "\"a b\"@corp.com", "u@xn--crp-sna.de"})
    void aVerifiedAddressInTheDomainHolds(String email) {
      caller.email(email);
      holds(rule);
    }

    @ParameterizedTest
    @DisplayName("A63 an address that only looks as if it were in the domain is refused")
    @ValueSource(
        strings = {
          "u@evil.com@corp.com",
          "u@corp.com.evil.com",
          "\"u@corp.com\"@evil.com",
          "u@c\u043erp.com",
          "u@corp.com.",
          "u@corp.com ",
          "u@corp.com\n",
          "u@.corp.com",
          "u@sub.corp.com",
          "u@notcorp.com",
          "u@corp.co",
          "u@@corp.com",
          "@corp.com",
          "corp.com",
          "u@",
          "u@c\u00f6rp.de",
          ""
        })
    void anAddressThatOnlyLooksLikeItIsRefused(String email) {
      caller.email(email);
      isRefused(rule, Reason.EMAIL_REFUSED, "require.emailDomain");
    }

    @Test
    @DisplayName("A63 a letter that becomes an ASCII one in lower case is another letter")
    void theKelvinSignIsNoK() {
      Requirement kelvin = new EmailDomain(List.of("kelvin.com"));
      caller.email("u@\u212Aelvin.com");
      isRefused(kelvin, Reason.EMAIL_REFUSED, "require.emailDomain");
      caller.email("u@Kelvin.com");
      holds(kelvin);
    }

    @Test
    @DisplayName("A63 an address with two at signs is refused even by a rule that has one itself")
    void twoAtSignsAreNoAddress() {
      caller.email("u@evil.com@corp.com");
      isRefused(
          new EmailDomain(List.of("evil.com@corp.com")),
          Reason.EMAIL_REFUSED,
          "require.emailDomain");
    }

    @Test
    @DisplayName("A63 an address that is not verified, missing or one of several is refused")
    void anAddressThatIsNotVerifiedIsRefused() {
      isRefused(rule, Reason.EMAIL_REFUSED, "require.emailDomain");
      caller.email("u@corp.com").emailVerified = false;
      isRefused(rule, Reason.EMAIL_REFUSED, "require.emailDomain");
      caller.emailVerified = true;
      caller.texts.put("email", List.of("u@corp.com", "u@corp.com"));
      isRefused(rule, Reason.EMAIL_REFUSED, "require.emailDomain");
      caller.texts.put("email", List.of());
      isRefused(rule, Reason.EMAIL_REFUSED, "require.emailDomain");
    }
  }

  @Nested
  class WhatIsSaid {
    @Test
    void anyOfGivesTheReasonThatAllItsAlternativesShare() {
      isRefused(
          new AnyOf(List.of(ADMINS, new Group(List.of("ops")))),
          Reason.GROUP_MISSING,
          "require.anyOf");
    }

    @Test
    void anyOfOneAlternativeNamesThatOne() {
      isRefused(
          new AnyOf(List.of(new Every(List.of(new RealmRole(List.of("a")))))),
          Reason.ROLE_MISSING,
          "require.anyOf[0].realmRole");
    }

    @Test
    void anyOfSaysWhatTheFirstAlternativeNeedsThatASignInMends() {
      RuleRefusal refusal =
          new RuleRefusal(
              Reason.RULE_REFUSED, "require.anyOf", List.of("gold"), RuleRefusal.ANY_AGE);
      assertThat(judge(new AnyOf(List.of(ADMINS, GOLD, RECENT)))).isEqualTo(refusal);
      assertThat(refusal.isMendedBySignIn()).isTrue();
    }

    @Test
    void whatNoSignInMendsIsSaidFirst() {
      isRefused(new Every(List.of(GOLD, ADMINS)), Reason.GROUP_MISSING, "require.group");
      isRefused(new Every(List.of(ADMINS, GOLD)), Reason.GROUP_MISSING, "require.group");
      isRefused(
          new AnyOf(List.of(new Every(List.of(GOLD, ADMINS)), ADMINS)),
          Reason.GROUP_MISSING,
          "require.anyOf");
    }

    @Test
    void oneSignInIsAskedForEverythingThatOneCanMend() {
      Requirement rule =
          new Every(
              List.of(
                  new Acr(List.of("silver", "gold")),
                  RECENT,
                  new MaxAge(Duration.ofHours(1)),
                  new AllOf(List.of(GOLD, new MaxAge(Duration.ofMinutes(1))))));
      assertThat(judge(rule))
          .isEqualTo(new RuleRefusal(Reason.SIGN_IN_TOO_WEAK, "require.acr", List.of("gold"), 60));
      caller.acr = "gold";
      assertThat(judge(rule))
          .isEqualTo(new RuleRefusal(Reason.SIGN_IN_TOO_OLD, "require.maxAge", List.of(), 60));
    }

    @Test
    void classesOfWhichNoneIsTheSameAreMendedByNoSignIn() {
      isRefused(
          new AllOf(List.of(GOLD, new Acr(List.of("silver")), RECENT)),
          Reason.SIGN_IN_TOO_WEAK,
          "require.allOf[0].acr");
    }

    @Test
    void thePathLeadsThroughEveryKey() {
      isRefused(
          new AllOf(List.of(new Not(new Not(ADMINS)), ADMINS)),
          Reason.RULE_REFUSED,
          "require.allOf[0].not");
      isRefused(
          new AnyOf(List.of(new AllOf(List.of(new Not(new Not(ADMINS)))))),
          Reason.RULE_REFUSED,
          "require.anyOf[0].allOf[0].not");
    }

    @ParameterizedTest
    @EnumSource(
        value = Reason.class,
        names = {
          "GROUP_MISSING",
          "ROLE_MISSING",
          "SCOPE_MISSING",
          "CLAIM_REFUSED",
          "EMAIL_REFUSED",
          "RULE_REFUSED"
        })
    void thePageDoesNotTellWhichKindOfRuleItWas(Reason reason) {
      assertThat(reason.sentence()).isEqualTo("Your account has no access here.");
    }
  }

  @Test
  @DisplayName("A75 a caller whose group was taken away is refused from then on, and not before")
  void rulesAreJudgedByWhatTheCallerHasNow() {
    CompiledRequirement admins = CompiledRequirement.of(ADMINS);
    caller.groups = List.of("admins");
    Caller before = caller.build();
    caller.groups = List.of();
    Caller after = caller.build();
    assertThat(admins.judge(before, 0)).isNull();
    assertThat(admins.judge(after, 0)).isNotNull();
    assertThat(admins.judge(before, 0)).isNull();
  }

  @Test
  void nobodysDataIsShownByToString() {
    caller.groups = List.of("secret-group");
    assertThat(caller.email("a@b.c").build()).hasToString("Caller[provider=main]");
  }
}
