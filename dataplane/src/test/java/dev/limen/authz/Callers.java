package dev.limen.authz;

import dev.limen.session.Identity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * A caller in the making: one of whom nothing is known but the name, until a test says more.
 *
 * <p>Invariant: what is not said is missing, as in a token without that claim.
 */
@NullMarked
final class Callers {
  List<String> groups = List.of();
  List<String> realmRoles = List.of();
  Map<String, List<String>> clientRoles = Map.of();
  Set<String> scopes = Set.of();
  @Nullable String acr;
  long authTimeSeconds;
  final Map<String, List<String>> texts = new LinkedHashMap<>();
  boolean emailVerified;

  /** Says that the verified address is {@code email}. */
  Callers email(String email) {
    texts.put("email", List.of(email));
    emailVerified = true;
    return this;
  }

  Caller build() {
    Identity identity =
        new Identity(
            "main",
            "https://idp.example.com",
            "alice",
            "alice",
            null,
            null,
            null,
            groups,
            realmRoles,
            clientRoles,
            null,
            acr,
            List.of(),
            authTimeSeconds);
    return new Caller(identity, scopes, new Claims(Map.copyOf(texts), emailVerified));
  }

  private record Claims(Map<String, List<String>> texts, boolean emailVerified)
      implements CallerClaims {
    @Override
    public List<String> texts(String dottedName) {
      return texts.getOrDefault(dottedName, List.of());
    }

    @Override
    public boolean isTrue(String name) {
      return name.equals("email_verified") && emailVerified;
    }
  }
}
