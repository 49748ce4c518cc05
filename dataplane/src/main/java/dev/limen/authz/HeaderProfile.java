package dev.limen.authz;

import dev.limen.check.HeaderField;
import dev.limen.config.HeaderPolicyConfig;
import dev.limen.config.HeaderProfileConfig;
import dev.limen.config.HeaderProfileConfig.Encoding;
import dev.limen.config.HeaderProfileConfig.HeaderConfig;
import dev.limen.session.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one profile says of a caller: each header's value, or that there is none.
 *
 * <p>Invariant: a value is sent whole or not at all. A missing subject or token would turn a person
 * into somebody else, and a list cut short would take rights that were given or leave those that
 * were taken, so for these, and for whatever is longer than its cap, the caller is refused; any
 * other value that cannot stand in a header is left out, which an upstream sees as "not known".
 * Immutable; safe for all threads.
 */
final class HeaderProfile {
  /** Claims without which nobody is passed on: who it is, and the tokens. */
  private static final Set<String> NEVER_LEFT_OUT = Set.of("id_token", "access_token", "user");

  private final List<HeaderConfig> headers;
  private final HeaderPolicyConfig policy;

  HeaderProfile(HeaderProfileConfig config, HeaderPolicyConfig policy) {
    this.headers = config.headers();
    this.policy = policy;
  }

  /**
   * What came of putting a caller into headers.
   *
   * @param set what is sent
   * @param refused the header whose value cannot be sent, so that the caller is refused; or null
   * @param leftOut headers whose values cannot stand in one and were left out
   */
  record Values(List<HeaderField> set, @Nullable String refused, List<String> leftOut) {}

  /** The values for {@code caller}. */
  Values of(Caller caller, Credentials credentials) {
    List<HeaderField> set = new ArrayList<>(headers.size() + 1);
    List<String> leftOut = new ArrayList<>(0);
    for (HeaderConfig header : headers) {
      String name = header.name().toLowerCase(Locale.ROOT);
      List<String> texts = textsOf(header.claim(), caller, credentials);
      if (texts.isEmpty() && !NEVER_LEFT_OUT.contains(header.claim())) {
        continue;
      }
      String value = encoded(header, texts);
      boolean tooLong = value != null && value.length() > maxBytes(header);
      boolean whole = !header.join().isEmpty() || NEVER_LEFT_OUT.contains(header.claim());
      if (tooLong || (value == null && (whole || texts.size() > 1))) {
        return new Values(List.of(), name, leftOut);
      }
      if (value == null) {
        leftOut.add(name);
      } else if (!value.isEmpty()) {
        set.add(new HeaderField(name, header.prefix() + value));
      }
    }
    return new Values(set, null, leftOut);
  }

  private int maxBytes(HeaderConfig header) {
    return HeaderProfileConfig.TOKENS.contains(header.claim())
        ? policy.maxTokenBytes()
        : policy.maxValueBytes();
  }

  /** Null if it cannot stand in a header, or is several where one is meant. */
  private static @Nullable String encoded(HeaderConfig header, List<String> texts) {
    boolean percent = header.encoding() == Encoding.PERCENT;
    if (!header.join().isEmpty()) {
      return percent
          ? HeaderText.percentList(texts, header.join())
          : HeaderText.list(texts, header.join());
    }
    if (texts.size() != 1) {
      return null;
    }
    String text = texts.getFirst();
    if (HeaderProfileConfig.TOKENS.contains(header.claim())) {
      return HeaderText.token(text);
    }
    return percent ? HeaderText.percent(text) : HeaderText.single(text);
  }

  private static List<String> textsOf(String claim, Caller caller, Credentials credentials) {
    Identity identity = caller.identity();
    return switch (claim) {
      case "id_token" -> List.of(credentials.idToken());
      case "access_token" -> List.of(credentials.accessToken());
      case "user" -> List.of(identity.user());
      case "email" -> orNone(identity.email());
      case "preferred_username" -> orNone(identity.preferredUsername());
      case "groups" -> identity.groups();
      case "realm_roles" -> identity.realmRoles();
      case "client_roles" -> clientRoles(identity);
      default -> caller.claims().texts(claim);
    };
  }

  private static List<String> orNone(@Nullable String text) {
    return text == null || text.isEmpty() ? List.of() : List.of(text);
  }

  private static List<String> clientRoles(Identity identity) {
    List<String> roles = new ArrayList<>();
    identity
        .clientRoles()
        .forEach((client, names) -> {
          for (String name : names) {
            roles.add(client + ":" + name);
          }
        });
    roles.sort(null);
    return roles;
  }
}
