package dev.limen.devidp;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who may log in, through which clients, and for how long: the part of a Keycloak realm that the
 * provider needs.
 *
 * <p>Invariant: immutable; client ids and user names are unique.
 *
 * @param name the realm's name
 * @param clients by client id
 * @param users by user name
 * @param accessTokenLifetime how long access and ID tokens live
 * @param sessionIdle how long a session lives without use; so long lives a refresh token
 * @param sessionMax how long a session lives at most
 * @param rotatesRefreshTokens whether a refresh token may be presented once only
 */
record Realm(
    String name,
    Map<String, Client> clients,
    Map<String, User> users,
    Duration accessTokenLifetime,
    Duration sessionIdle,
    Duration sessionMax,
    boolean rotatesRefreshTokens) {

  Realm {
    clients = Map.copyOf(clients);
    users = Map.copyOf(users);
  }

  @Nullable Client client(String clientId) {
    return clients.get(clientId);
  }

  @Nullable User user(String username) {
    return users.get(username);
  }

  /** The same realm with what a configuration overrides. */
  Realm with(DevIdpConfig config) {
    Duration access = config.accessTokenLifetime();
    Duration refresh = config.refreshTokenLifetime();
    return new Realm(
        name,
        withAddresses(config),
        users,
        access == null ? accessTokenLifetime : access,
        refresh == null ? sessionIdle : refresh,
        sessionMax,
        rotatesRefreshTokens);
  }

  private Map<String, Client> withAddresses(DevIdpConfig config) {
    Map<String, Client> extended = new LinkedHashMap<>();
    clients.forEach((id, client) ->
        extended.put(
            id,
            client
                .withRedirectUris(config.redirectUris())
                .withPostLogoutRedirectUris(config.postLogoutRedirectUris())
                .withBackchannelLogoutUri(config.backchannelLogoutUri())));
    return extended;
  }
}
