package dev.limen.devidp;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the realm out of the JSON that Keycloak exports and imports.
 *
 * <p>Invariant: what this class does not understand and what would change a token or an answer
 * stops the start; everything else of Keycloak's many keys is passed over.
 */
final class RealmReader {
  private static final String PKCE_METHOD = "pkce.code.challenge.method";
  private static final String POST_LOGOUT = "post.logout.redirect.uris";
  private static final String BACKCHANNEL_LOGOUT = "backchannel.logout.url";

  /** Keycloak's default of a default: five minutes. */
  private static final long ACCESS_TOKEN_LIFESPAN = 300;

  private static final long SESSION_IDLE = 1800;
  private static final long SESSION_MAX = 36_000;

  private final Map<String, Object> json;
  private final String name;

  private RealmReader(Map<String, Object> json) {
    this.json = json;
    this.name = text(json, "realm", null);
  }

  /** Reads {@code file}; a message names the file and the key that is wrong. */
  static Realm read(Path file) throws IOException {
    try {
      return parse(Files.readString(file, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("realm file " + file + ": " + e.getMessage(), e);
    }
  }

  static Realm parse(String text) {
    try {
      return new RealmReader(JSONObjectUtils.parse(text)).realm();
    } catch (ParseException e) {
      throw new IllegalArgumentException("not a JSON object", e);
    }
  }

  private Realm realm() {
    Object reuse = json.getOrDefault("refreshTokenMaxReuse", 0);
    require(
        reuse instanceof Number times && times.longValue() == 0,
        "refreshTokenMaxReuse must be 0, since a refresh token is good once here: " + reuse);
    Map<String, Client> clients = new LinkedHashMap<>();
    for (Map<String, Object> client : objects(json, "clients")) {
      Client read = client(client);
      require(clients.put(read.clientId(), read) == null, "clientId twice: " + read.clientId());
    }
    Map<String, User> users = new LinkedHashMap<>();
    for (Map<String, Object> user : objects(json, "users")) {
      User read = user(user);
      require(users.put(read.username(), read) == null, "username twice: " + read.username());
    }
    return new Realm(
        name,
        clients,
        users,
        seconds("accessTokenLifespan", ACCESS_TOKEN_LIFESPAN),
        seconds("ssoSessionIdleTimeout", SESSION_IDLE),
        seconds("ssoSessionMaxLifespan", SESSION_MAX),
        flag(json, "revokeRefreshToken", false));
  }

  private Client client(Map<String, Object> client) {
    String clientId = text(client, "clientId", null);
    require(
        !flag(client, "publicClient", false),
        "clients[" + clientId + "].publicClient must be false: a public client is not served");
    Map<String, Object> attributes = object(client, "attributes");
    String pkce = text(attributes, PKCE_METHOD, "");
    require(
        pkce.isEmpty() || pkce.equals("S256"),
        "clients[" + clientId + "].attributes." + PKCE_METHOD + " must be S256: " + pkce);
    RedirectUris redirectUris = new RedirectUris(texts(client, "redirectUris"));
    return new Client(
        clientId,
        text(client, "secret", null),
        redirectUris,
        postLogout(text(attributes, POST_LOGOUT, "-"), redirectUris),
        backchannelLogout(text(attributes, BACKCHANNEL_LOGOUT, "")),
        !pkce.isEmpty(),
        mappers(clientId, objects(client, "protocolMappers")));
  }

  /** Keycloak's signs: {@code ##} separates, {@code +} means the redirect URIs, {@code -} none. */
  private static RedirectUris postLogout(String attribute, RedirectUris redirectUris) {
    List<String> addresses = new ArrayList<>();
    for (String address : attribute.split("##")) {
      if (address.equals("+")) {
        addresses.addAll(redirectUris.registered());
      } else if (!address.equals("-") && !address.isBlank()) {
        addresses.add(address);
      }
    }
    return new RedirectUris(addresses);
  }

  private static @Nullable URI backchannelLogout(String attribute) {
    return attribute.isEmpty() ? null : URI.create(attribute);
  }

  private static List<ProtocolMapper> mappers(String clientId, List<Map<String, Object>> mappers) {
    List<ProtocolMapper> read = new ArrayList<>();
    for (Map<String, Object> mapper : mappers) {
      String type = text(mapper, "protocolMapper", null);
      Map<String, Object> config = object(mapper, "config");
      read.add(
          switch (type) {
            case "oidc-audience-mapper" -> audience(config);
            case "oidc-group-membership-mapper" -> groups(config);
            default ->
                throw new IllegalArgumentException(
                    "clients["
                        + clientId
                        + "].protocolMappers: protocolMapper="
                        + type
                        + ", expected oidc-audience-mapper or oidc-group-membership-mapper");
          });
    }
    return read;
  }

  private static ProtocolMapper audience(Map<String, Object> config) {
    String client = text(config, "included.client.audience", "");
    String audience = client.isEmpty() ? text(config, "included.custom.audience", null) : client;
    return new ProtocolMapper.Audience(
        audience, flag(config, "access.token.claim", true), flag(config, "id.token.claim", false));
  }

  private static ProtocolMapper groups(Map<String, Object> config) {
    return new ProtocolMapper.Groups(
        text(config, "claim.name", null),
        flag(config, "full.path", true),
        flag(config, "access.token.claim", true),
        flag(config, "id.token.claim", true),
        flag(config, "userinfo.token.claim", true));
  }

  private User user(Map<String, Object> user) {
    String username = text(user, "username", null);
    List<String> roles = new ArrayList<>(texts(user, "realmRoles"));
    List<String> accountRoles = List.of();
    if (roles.contains("default-roles-" + name)) {
      // Keycloak's composite default role brings these along, and the account roles bring
      // "account" into the access token's aud.
      roles.add("offline_access");
      roles.add("uma_authorization");
      accountRoles = List.of("manage-account", "manage-account-links", "view-profile");
    }
    return new User(
        text(user, "id", subjectOf(username)),
        username,
        password(username, objects(user, "credentials")),
        roles,
        accountRoles,
        texts(user, "groups"),
        new User.Profile(
            text(user, "email", ""),
            flag(user, "emailVerified", false),
            text(user, "firstName", ""),
            text(user, "lastName", "")));
  }

  /** A subject that survives a restart, as Keycloak's do in its database. */
  private String subjectOf(String username) {
    byte[] seed = (name + "/" + username).getBytes(StandardCharsets.UTF_8);
    return UUID.nameUUIDFromBytes(seed).toString();
  }

  private static String password(String username, List<Map<String, Object>> credentials) {
    for (Map<String, Object> credential : credentials) {
      if (text(credential, "type", "").equals("password")) {
        return text(credential, "value", null);
      }
    }
    throw new IllegalArgumentException("users[" + username + "].credentials has no password");
  }

  private Duration seconds(String key, long fallback) {
    Object value = json.get(key);
    if (value == null) {
      return Duration.ofSeconds(fallback);
    }
    require(value instanceof Number, key + " must be a number of seconds: " + value);
    long seconds = ((Number) value).longValue();
    require(seconds > 0, key + " must be more than 0 seconds: " + seconds);
    return Duration.ofSeconds(seconds);
  }

  /** A text; without {@code fallback} the key must be there. */
  private static String text(Map<String, Object> json, String key, @Nullable String fallback) {
    Object value = json.get(key);
    if (value == null && fallback != null) {
      return fallback;
    }
    if (value instanceof String text && (fallback != null || !text.isEmpty())) {
      return text;
    }
    throw new IllegalArgumentException(key + " must be a text that is not empty");
  }

  /** Keycloak writes booleans as such, and as texts inside mappers. */
  private static boolean flag(Map<String, Object> json, String key, boolean fallback) {
    Object value = json.get(key);
    return value == null ? fallback : Boolean.parseBoolean(value.toString());
  }

  private static List<String> texts(Map<String, Object> json, String key) {
    List<String> texts = new ArrayList<>();
    for (Object element : list(json, key)) {
      require(element instanceof String, key + " must be a list of texts");
      texts.add((String) element);
    }
    return texts;
  }

  private static List<Map<String, Object>> objects(Map<String, Object> json, String key) {
    List<Map<String, Object>> objects = new ArrayList<>();
    for (Object element : list(json, key)) {
      objects.add(asObject(element, key));
    }
    return objects;
  }

  private static List<?> list(Map<String, Object> json, String key) {
    Object value = json.get(key);
    if (value == null) {
      return List.of();
    }
    require(value instanceof List<?>, key + " must be a list");
    return (List<?>) value;
  }

  private static Map<String, Object> object(Map<String, Object> json, String key) {
    Object value = json.get(key);
    return value == null ? Map.of() : asObject(value, key);
  }

  private static Map<String, Object> asObject(Object value, String key) {
    require(value instanceof Map<?, ?>, key + " must hold objects");
    Map<String, Object> object = new LinkedHashMap<>();
    ((Map<?, ?>) value).forEach((name, member) -> object.put(name.toString(), member));
    return object;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
