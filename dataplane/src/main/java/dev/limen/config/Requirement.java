package dev.limen.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What a route asks of whoever signed in: a tree of rules, as the file writes it.
 *
 * <p>Invariant: no rule is empty; only {@link #NONE} asks for nothing, and a file says that by
 * leaving {@code require} out or by the word {@code none}. Immutable data: who judges by it is
 * {@code authz}.
 *
 * <pre>
 *   require     = "none" / rules
 *   rules       = mapping of one or more of these keys, ALL of which must hold:
 *     anyOf       [ rules, … ]         at least one holds
 *     allOf       [ rules, … ]         each holds
 *     not         rules                does not hold; so of something missing, "not" holds
 *     group       names                in any of these groups
 *     realmRole   names                has any of these realm roles
 *     clientRole  names                has any of these, each written client:role
 *     scope       names                has each of these scopes
 *     acr         names                signed in by any of these classes (acr)
 *     maxAge      duration             signed in no longer ago than this (auth_time); 1s to 30d
 *     claim       { name: …, value: … } / { name: …, values: [ … ] } / [ one of these, … ]
 *                                      each claim has any of its values
 *     emailDomain names                the verified e-mail address is in any of these domains
 *   names       = one text / [ text, … ]
 * </pre>
 *
 * <p>Source: OpenID Connect Core 1.0, sections 2 ({@code acr}, {@code auth_time}) and 5.1 ({@code
 * email}, {@code email_verified}); RFC 6749, section 3.3 (scope).
 */
public sealed interface Requirement {
  /** Nothing is asked: whoever signed in may pass. */
  Requirement NONE = new Every(List.of());

  /** The keys of one mapping: each must hold. */
  record Every(List<Requirement> parts) implements Requirement {
    public Every {
      parts = List.copyOf(parts);
    }
  }

  /** {@code allOf}: each must hold. */
  record AllOf(List<Requirement> parts) implements Requirement {
    public AllOf {
      parts = some(parts);
    }
  }

  /** {@code anyOf}: at least one must hold. */
  record AnyOf(List<Requirement> alternatives) implements Requirement {
    public AnyOf {
      alternatives = some(alternatives);
    }
  }

  /** {@code not}: must not hold. */
  record Not(Requirement inner) implements Requirement {}

  /** {@code group}: any of these. */
  record Group(List<String> names) implements Requirement {
    public Group {
      names = some(names);
    }
  }

  /** {@code realmRole}: any of these. */
  record RealmRole(List<String> names) implements Requirement {
    public RealmRole {
      names = some(names);
    }
  }

  /** {@code clientRole}: any of these. */
  record ClientRole(List<RoleAtClient> roles) implements Requirement {
    public ClientRole {
      roles = some(roles);
    }
  }

  /** {@code scope}: each of these. */
  record Scope(List<String> names) implements Requirement {
    public Scope {
      names = some(names);
    }
  }

  /** {@code acr}: any of these. */
  record Acr(List<String> values) implements Requirement {
    public Acr {
      values = some(values);
    }
  }

  /** {@code maxAge}: signed in no longer ago than this. */
  record MaxAge(Duration age) implements Requirement {}

  /** The claims of {@code require}: each of these. */
  record Claims(List<ClaimValues> claims) implements Requirement {
    public Claims {
      claims = some(claims);
    }
  }

  /** {@code emailDomain}: any of these, in lower case. */
  record EmailDomain(List<String> domains) implements Requirement {
    public EmailDomain {
      domains = some(domains.stream().map(domain -> domain.toLowerCase(Locale.ROOT)).toList());
    }
  }

  /** A role that {@code client} defines. */
  record RoleAtClient(String client, String role) {}

  /** The claim {@code name}, dots leading inwards, and the values of which it must have one. */
  record ClaimValues(String name, List<String> values) {
    public ClaimValues {
      values = some(values);
    }
  }

  private static <T> List<T> some(List<T> list) {
    if (list.isEmpty()) {
      throw new IllegalArgumentException("a rule names something");
    }
    return List.copyOf(list);
  }
}
