package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.config.Requirement;
import dev.limen.config.Requirement.ClaimValues;
import dev.limen.config.Requirement.RoleAtClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * 200,000 verdicts on generated rules and callers, against an evaluator that was written apart from
 * the real one and in another way: plain truth values, streams and patterns.
 */
@NullMarked
class RequirementDifferentialTest {
  private static final int RULES = 2_000;
  private static final int CALLERS = 100;
  private static final long NOW_SECONDS = 1_800_000_000L;
  private static final List<String> WORDS = List.of("a", "b", "c", "d");
  private static final List<String> EMAILS =
      List.of("u@a.org", "U@A.ORG", "u@b.org", "u@x@a.org", "@a.org", "u@a.org.b.org", "u@ba.org");

  private final Random random = new Random(5);

  private static boolean holds(Requirement requirement, Caller caller) {
    return switch (requirement) {
      case Requirement.Every every ->
          every.parts().stream().filter(part -> !holds(part, caller)).findAny().isEmpty();
      case Requirement.AllOf all ->
          all.parts().stream().map(part -> holds(part, caller)).reduce(true, Boolean::logicalAnd);
      case Requirement.AnyOf any ->
          any.alternatives().stream()
              .map(part -> holds(part, caller))
              .reduce(false, Boolean::logicalOr);
      case Requirement.Not not -> !holds(not.inner(), caller);
      case Requirement.Group group -> isAny(group.names(), caller.identity().groups());
      case Requirement.RealmRole role -> isAny(role.names(), caller.identity().realmRoles());
      case Requirement.ClientRole role -> {
        List<String> had = new ArrayList<>();
        caller
            .identity()
            .clientRoles()
            .forEach((client, roles) -> roles.forEach(name -> had.add(client + ":" + name)));
        yield isAny(
            role.roles().stream().map(each -> each.client() + ":" + each.role()).toList(), had);
      }
      case Requirement.Scope scope ->
          scope.names().stream().filter(caller.scopes()::contains).count() == scope.names().size();
      case Requirement.Acr acr ->
          acr.values().stream().anyMatch(value -> value.equals(caller.identity().acr()));
      case Requirement.MaxAge max -> {
        long signedInAt = caller.identity().authTimeSeconds();
        long earliest = NOW_SECONDS - max.age().toSeconds() - 30;
        yield signedInAt != 0 && signedInAt >= earliest && signedInAt <= NOW_SECONDS + 30;
      }
      case Requirement.Claims claims ->
          claims.claims().stream()
              .allMatch(each -> isAny(each.values(), caller.claims().texts(each.name())));
      case Requirement.EmailDomain email -> isMail(email, caller);
    };
  }

  private static boolean isMail(Requirement.EmailDomain rule, Caller caller) {
    String domains = String.join("|", rule.domains().stream().map(Pattern::quote).toList());
    Pattern address = Pattern.compile("[^@]+@(" + domains + ")", Pattern.CASE_INSENSITIVE);
    return caller.claims().isTrue("email_verified")
        && caller.claims().texts("email").stream()
            .anyMatch(email -> address.matcher(email).matches());
  }

  private static boolean isAny(List<String> wanted, List<String> had) {
    return had.stream().anyMatch(wanted::contains);
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private List<String> words(int least) {
    List<String> words = new ArrayList<>();
    for (int i = random.nextInt(3) + least; i > 0; i--) {
      words.add(one(WORDS));
    }
    return words;
  }

  private List<Requirement> parts(int depth) {
    List<Requirement> parts = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      parts.add(requirement(depth - 1));
    }
    return parts;
  }

  private Requirement requirement(int depth) {
    return switch (random.nextInt(depth == 0 ? 8 : 14)) {
      case 0 -> new Requirement.Group(words(1));
      case 1 -> new Requirement.RealmRole(words(1));
      case 2 ->
          new Requirement.ClientRole(
              words(1).stream().map(role -> new RoleAtClient(one(WORDS), role)).toList());
      case 3 -> new Requirement.Scope(words(1));
      case 4 -> new Requirement.Acr(words(1));
      case 5 -> new Requirement.MaxAge(Duration.ofSeconds(random.nextInt(5) + 1));
      case 6 ->
          new Requirement.Claims(
              words(1).stream().map(name -> new ClaimValues(name, words(1))).toList());
      case 7 -> new Requirement.EmailDomain(words(1).stream().map(name -> name + ".org").toList());
      case 8, 9 -> new Requirement.AnyOf(parts(depth));
      case 10 -> new Requirement.AllOf(parts(depth));
      case 11, 12 -> new Requirement.Not(requirement(depth - 1));
      default -> new Requirement.Every(parts(depth));
    };
  }

  private Caller caller() {
    Callers caller = new Callers();
    caller.groups = words(0);
    caller.realmRoles = words(0);
    caller.clientRoles = Map.of(one(WORDS), words(0));
    caller.scopes = Set.copyOf(words(0));
    caller.acr = random.nextBoolean() ? one(WORDS) : null;
    // Around both edges: the oldest that an age of one to five seconds lets pass, and the future.
    caller.authTimeSeconds =
        switch (random.nextInt(3)) {
          case 0 -> 0;
          case 1 -> NOW_SECONDS - 30 - random.nextInt(7);
          default -> NOW_SECONDS + 28 + random.nextInt(5);
        };
    words(0).forEach(name -> caller.texts.put(name, words(0)));
    caller.email(one(EMAILS)).emailVerified = random.nextInt(4) > 0;
    return caller.build();
  }

  @Test
  void bothEvaluatorsSayTheSameOfGeneratedRulesAndCallers() {
    int differences = 0;
    Map<Reason, Integer> reasons = new HashMap<>();
    int passed = 0;
    for (int i = 0; i < RULES; i++) {
      Requirement requirement = requirement(i % 4);
      CompiledRequirement compiled = CompiledRequirement.of(requirement);
      for (int j = 0; j < CALLERS; j++) {
        Caller caller = caller();
        RuleRefusal refusal = compiled.judge(caller, NOW_SECONDS * 1000 + random.nextInt(1000));
        differences += (refusal == null) == holds(requirement, caller) ? 0 : 1;
        if (refusal == null) {
          passed++;
        } else {
          reasons.merge(refusal.reason(), 1, Integer::sum);
        }
      }
    }
    assertThat(differences).isZero();
    assertThat(passed).isBetween(RULES * CALLERS / 5, RULES * CALLERS * 4 / 5);
    assertThat(reasons).hasSize(8).allSatisfy((_, count) -> assertThat(count).isGreaterThan(1000));
  }
}
