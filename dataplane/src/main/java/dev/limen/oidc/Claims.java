package dev.limen.oidc;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a token that was accepted says, for rules and headers to ask.
 *
 * <p>Invariant: only of a token whose signature held; read-only; a claim of another type than asked
 * for is as good as absent, never an exception. Immutable; safe for all threads.
 *
 * <p>A name is looked for as it stands first, so that {@code https://example.com/roles} is found.
 * Else a dot leads into an object: {@code realm_access.roles}, {@code
 * resource_access.my.client.roles}; a shorter first part goes before a longer one.
 */
public final class Claims {
  private final JsonObject claims;

  Claims(JsonObject claims) {
    this.claims = claims;
  }

  /**
   * The claims of a token that was accepted before, and kept, such as a session's ID token; null if
   * it is none. The signature is not looked at again.
   */
  public static @Nullable Claims ofAccepted(String acceptedToken) {
    JsonObject payload = TokenVerifier.payloadOf(acceptedToken);
    return payload == null ? null : new Claims(payload);
  }

  /** Whether there is such a claim, of any type but null. */
  public boolean has(String name) {
    return find(claims, name) != null;
  }

  /** The claim if it is a string, else null. */
  public @Nullable String text(String name) {
    Place place = find(claims, name);
    return place == null ? null : place.object.text(place.name);
  }

  /** The claim's strings, whether it is one or an array with some; what else is left out. */
  public List<String> texts(String name) {
    Place place = find(claims, name);
    return place == null ? List.of() : List.copyOf(place.object.textsAmong(place.name));
  }

  /** The claim's strings, numbers and booleans as text, whether it is one or an array with some. */
  public List<String> plainTexts(String name) {
    Place place = find(claims, name);
    return place == null ? List.of() : List.copyOf(place.object.plainTexts(place.name));
  }

  /** What an access token was granted for: {@code scope} and {@code scp}. */
  public Set<String> scopes() {
    return AccessTokenValidator.scopes(claims);
  }

  /** The claim if it is a number that can be a date or a duration, in whole seconds; else null. */
  public @Nullable Long seconds(String name) {
    Place place = find(claims, name);
    return place == null ? null : place.object.seconds(place.name);
  }

  /** Whether the claim is {@code true}: the boolean, not a string that says so. */
  public boolean isTrue(String name) {
    Place place = find(claims, name);
    return place != null && place.object.isTrue(place.name);
  }

  /** A member that is there. */
  private record Place(JsonObject object, String name) {}

  private static @Nullable Place find(JsonObject object, String name) {
    if (object.has(name)) {
      return new Place(object, name);
    }
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      JsonObject inner = object.object(name.substring(0, dot));
      Place found = inner == null ? null : find(inner, name.substring(dot + 1));
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** A person's data stays out of logs. */
  @Override
  public String toString() {
    return "Claims";
  }
}
