package dev.limen.devidp;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A confidential client of the realm.
 *
 * <p>Invariant: {@link #toString} does not show the secret.
 *
 * @param clientId its name
 * @param secret what it authenticates with
 * @param redirectUris where codes may go
 * @param postLogoutRedirectUris where a browser may go after logout
 * @param backchannelLogoutUri where it wants to hear that a session has ended; null for nowhere
 * @param pkceRequired whether an authentication request must bring an S256 challenge
 * @param mappers what its tokens carry besides the usual
 */
record Client(
    String clientId,
    String secret,
    RedirectUris redirectUris,
    RedirectUris postLogoutRedirectUris,
    @Nullable URI backchannelLogoutUri,
    boolean pkceRequired,
    List<ProtocolMapper> mappers) {

  Client {
    mappers = List.copyOf(mappers);
  }

  Client withRedirectUris(List<String> more) {
    return new Client(
        clientId,
        secret,
        redirectUris.and(more),
        postLogoutRedirectUris,
        backchannelLogoutUri,
        pkceRequired,
        mappers);
  }

  Client withPostLogoutRedirectUris(List<String> more) {
    return new Client(
        clientId,
        secret,
        redirectUris,
        postLogoutRedirectUris.and(more),
        backchannelLogoutUri,
        pkceRequired,
        mappers);
  }

  /** The same client, which wants to hear there if {@code uri} is not null. */
  Client withBackchannelLogoutUri(@Nullable URI uri) {
    return uri == null
        ? this
        : new Client(
            clientId, secret, redirectUris, postLogoutRedirectUris, uri, pkceRequired, mappers);
  }

  /** The audiences that mappers put into the access token. */
  List<String> accessTokenAudiences() {
    List<String> audiences = new ArrayList<>();
    for (ProtocolMapper mapper : mappers) {
      if (mapper instanceof ProtocolMapper.Audience a && a.inAccessToken()) {
        audiences.add(a.audience());
      }
    }
    return audiences;
  }

  /** The audiences that mappers put into the ID token, beside the client itself. */
  List<String> idTokenAudiences() {
    List<String> audiences = new ArrayList<>();
    for (ProtocolMapper mapper : mappers) {
      if (mapper instanceof ProtocolMapper.Audience a && a.inIdToken()) {
        audiences.add(a.audience());
      }
    }
    return audiences;
  }

  @Override
  public String toString() {
    return "Client[" + clientId + "]";
  }
}
