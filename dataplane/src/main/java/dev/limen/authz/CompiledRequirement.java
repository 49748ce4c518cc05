package dev.limen.authz;

import dev.limen.check.Reason;
import dev.limen.config.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route's {@code require}, compiled once: decides whether a caller may pass, and if not, why.
 *
 * <p>Invariant: a caller passes only if every rule holds of what the newest tokens say. What is
 * missing never makes a rule hold, except that {@code not} holds of what does not. The same caller
 * at the same time gets the same refusal. Immutable; safe for all threads.
 *
 * <p>Of several rules that refuse, the first that no sign-in mends is told; if a sign-in mends them
 * all, the first, with what that sign-in has to bring for all of them.
 *
 * <p>Source: OpenID Connect Core 1.0, sections 2 and 5.1; the grammar is above {@link Requirement}.
 */
final class CompiledRequirement {
  /**
   * How far the provider's clock may be from ours: a sign-in is too old when it is older than
   * {@code maxAge} by more than this, and one that is further ahead than this is no sign-in.
   */
  static final long SKEW_SECONDS = 30;

  /** Asks for nothing. */
  static final CompiledRequirement NONE =
      new CompiledRequirement(compiled(Requirement.NONE, "require"));

  private final Rule root;

  private CompiledRequirement(Rule root) {
    this.root = root;
  }

  /** One rule, or several as one. */
  @FunctionalInterface
  private interface Rule {
    /** Null if the rule holds. */
    @Nullable RuleRefusal judge(Caller caller, long nowSeconds);
  }

  /** Where the strings to look among are found. */
  @FunctionalInterface
  private interface Words {
    List<String> of(Caller caller);
  }

  /** Compiles {@code requirement}. */
  static CompiledRequirement of(Requirement requirement) {
    return requirement.equals(Requirement.NONE)
        ? NONE
        : new CompiledRequirement(compiled(requirement, "require"));
  }

  /**
   * Why {@code caller} may not pass, or null if he may.
   *
   * @param nowMillis wall clock
   */
  @Nullable RuleRefusal judge(Caller caller, long nowMillis) {
    return root.judge(caller, Math.floorDiv(nowMillis, 1000L));
  }

  private static Rule compiled(Requirement requirement, String path) {
    return switch (requirement) {
      case Requirement.Every(List<Requirement> parts) ->
          every(parts.stream().map(part -> compiled(part, path)).toList());
      case Requirement.AllOf(List<Requirement> parts) -> every(elements(parts, path + ".allOf"));
      case Requirement.AnyOf(List<Requirement> alternatives) ->
          any(elements(alternatives, path + ".anyOf"), path + ".anyOf");
      case Requirement.Not(Requirement inner) -> not(compiled(inner, path + ".not"), path + ".not");
      case Requirement.Group(List<String> names) ->
          among(
              names,
              caller -> caller.identity().groups(),
              RuleRefusal.lasting(Reason.GROUP_MISSING, path + ".group"));
      case Requirement.RealmRole(List<String> names) ->
          among(
              names,
              caller -> caller.identity().realmRoles(),
              RuleRefusal.lasting(Reason.ROLE_MISSING, path + ".realmRole"));
      case Requirement.ClientRole(List<Requirement.RoleAtClient> roles) ->
          clientRole(roles, RuleRefusal.lasting(Reason.ROLE_MISSING, path + ".clientRole"));
      case Requirement.Scope(List<String> names) ->
          scope(names, RuleRefusal.lasting(Reason.SCOPE_MISSING, path + ".scope"));
      case Requirement.Acr(List<String> values) -> acr(values, path + ".acr");
      case Requirement.MaxAge(var age) -> maxAge(age.toSeconds(), path + ".maxAge");
      case Requirement.Claims(List<Requirement.ClaimValues> claims) -> claims(claims, path);
      case Requirement.EmailDomain(List<String> domains) ->
          emailDomain(domains, RuleRefusal.lasting(Reason.EMAIL_REFUSED, path + ".emailDomain"));
    };
  }

  private static List<Rule> elements(List<Requirement> parts, String path) {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      rules.add(compiled(parts.get(i), path + "[" + i + "]"));
    }
    return List.copyOf(rules);
  }

  private static Rule every(List<Rule> rules) {
    return (caller, nowSeconds) -> {
      RuleRefusal told = null;
      for (int i = 0; i < rules.size(); i++) {
        RuleRefusal refusal = rules.get(i).judge(caller, nowSeconds);
        if (refusal != null) {
          told = told == null || !refusal.isMendedBySignIn() ? refusal : told.and(refusal);
          if (!told.isMendedBySignIn()) {
            return told;
          }
        }
      }
      return told;
    };
  }

  private static Rule any(List<Rule> rules, String path) {
    return (caller, nowSeconds) -> {
      RuleRefusal told = rules.get(0).judge(caller, nowSeconds);
      boolean isOneReason = true;
      for (int i = 1; told != null && i < rules.size(); i++) {
        RuleRefusal refusal = rules.get(i).judge(caller, nowSeconds);
        isOneReason &= refusal != null && refusal.reason() == told.reason();
        boolean stays = refusal != null && (told.isMendedBySignIn() || !refusal.isMendedBySignIn());
        told = stays ? told : refusal;
      }
      return told == null || rules.size() == 1
          ? told
          : told.as(isOneReason ? told.reason() : Reason.RULE_REFUSED, path);
    };
  }

  private static Rule not(Rule inner, String path) {
    RuleRefusal refusal = RuleRefusal.lasting(Reason.RULE_REFUSED, path);
    return (caller, nowSeconds) -> inner.judge(caller, nowSeconds) == null ? refusal : null;
  }

  private static Rule among(List<String> names, Words words, RuleRefusal refusal) {
    Set<String> wanted = Set.copyOf(names);
    return (caller, _) -> hasOne(wanted, words.of(caller)) ? null : refusal;
  }

  private static Rule clientRole(List<Requirement.RoleAtClient> roles, RuleRefusal refusal) {
    return (caller, _) -> {
      for (int i = 0; i < roles.size(); i++) {
        List<String> had = caller.identity().clientRoles().get(roles.get(i).client());
        if (had != null && had.contains(roles.get(i).role())) {
          return null;
        }
      }
      return refusal;
    };
  }

  private static Rule scope(List<String> names, RuleRefusal refusal) {
    return (caller, _) -> caller.scopes().containsAll(names) ? null : refusal;
  }

  private static Rule acr(List<String> values, String path) {
    RuleRefusal refusal =
        new RuleRefusal(Reason.SIGN_IN_TOO_WEAK, path, values, RuleRefusal.ANY_AGE);
    return (caller, _) -> {
      String acr = caller.identity().acr();
      return acr != null && values.contains(acr) ? null : refusal;
    };
  }

  private static Rule maxAge(long seconds, String path) {
    RuleRefusal refusal = new RuleRefusal(Reason.SIGN_IN_TOO_OLD, path, List.of(), seconds);
    return (caller, nowSeconds) -> {
      long authTime = caller.identity().authTimeSeconds(); // 0 is: not said
      boolean holds =
          authTime > 0
              && authTime <= nowSeconds + SKEW_SECONDS
              && nowSeconds - authTime <= seconds + SKEW_SECONDS;
      return holds ? null : refusal;
    };
  }

  private static Rule claims(List<Requirement.ClaimValues> claims, String path) {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < claims.size(); i++) {
      String name = claims.get(i).name();
      String at = path + ".claim" + (claims.size() == 1 ? "" : "[" + i + "]");
      rules.add(
          among(
              claims.get(i).values(),
              caller -> caller.claims().texts(name),
              RuleRefusal.lasting(Reason.CLAIM_REFUSED, at)));
    }
    return every(List.copyOf(rules));
  }

  /**
   * Of the claim {@code email}, since that is the one of which {@code email_verified} speaks
   * (OpenID Connect Core, section 5.1); a name that people choose themselves may look the same.
   */
  private static Rule emailDomain(List<String> domains, RuleRefusal refusal) {
    return (caller, _) -> {
      List<String> emails = caller.claims().texts("email");
      boolean holds =
          emails.size() == 1
              && caller.claims().isTrue("email_verified")
              && isAtOne(emails.get(0), domains);
      return holds ? null : refusal;
    };
  }

  /** Exactly one at sign, something before it, and the whole of the rest is one of the domains. */
  private static boolean isAtOne(String email, List<String> domains) {
    int at = email.indexOf('@');
    if (at <= 0 || at != email.lastIndexOf('@')) {
      return false;
    }
    for (int i = 0; i < domains.size(); i++) {
      if (endsWith(email, at + 1, domains.get(i))) {
        return true;
      }
    }
    return false;
  }

  /** In ASCII only: elsewhere other letters become these in lower case, as the Kelvin sign does. */
  private static boolean endsWith(String email, int from, String lowerCase) {
    if (email.length() - from != lowerCase.length()) {
      return false;
    }
    for (int i = 0; i < lowerCase.length(); i++) {
      char c = email.charAt(from + i);
      char lower = c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
      if (lower != lowerCase.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasOne(Set<String> wanted, List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      if (wanted.contains(words.get(i))) {
        return true;
      }
    }
    return false;
  }
}
