package dev.limen.devidp;

import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.OAuth2Error;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is logged in, and every code and refresh token that follows from it.
 *
 * <p>Invariant: a code or refresh token works once and only while its client session lives. The
 * sealing rule is Keycloak's, observed on 26.7.3: whoever presents a spent code or a rotated
 * refresh token ends the whole client session, so that the newest refresh token fails too; the
 * browser's own session stays.
 *
 * <pre>
 *   browser session (SSO cookie, sid)  1 --- n  client session  1 --- n  codes, refresh tokens
 * </pre>
 *
 * <p>All state is behind this object's lock. Safe for all threads.
 */
final class Sessions {
  /** A code is for the next moment only (RFC 6749, section 4.1.2). */
  static final Duration CODE_LIFETIME = Duration.ofSeconds(60);

  /** Spent codes and rotated tokens are remembered, so that their reuse is seen; up to a limit. */
  static final int MEMORY_LIMIT = 200_000;

  /** A browser that has logged in. */
  record BrowserSession(
      String sid, String cookie, User user, Instant authenticatedAt, Instant startedAt) {
    @Override
    public String toString() {
      return "BrowserSession[" + user.username() + "]";
    }
  }

  /** One client's share of a browser session. */
  record ClientSession(String id, String sid, String clientId) {
    @Override
    public String toString() {
      return "ClientSession[" + clientId + "]";
    }
  }

  /** A browser session that was signed out, and the clients that had a share in it. */
  record SignedOut(BrowserSession session, List<String> clientIds) {
    @Override
    public String toString() {
      return "SignedOut[" + session.user().username() + "]";
    }
  }

  /** What an authentication request asked for, as far as tokens depend on it. */
  record Asked(
      Client client,
      String redirectUri,
      String scope,
      @Nullable String nonce,
      @Nullable String codeChallenge) {
    @Override
    public String toString() {
      return "Asked[" + client.clientId() + "]";
    }
  }

  /** What tokens are made from. */
  record Grant(
      BrowserSession browser,
      ClientSession clientSession,
      Client client,
      String scope,
      @Nullable String nonce,
      boolean fromSso) {
    @Override
    public String toString() {
      return "Grant[" + client.clientId() + ", " + browser.user().username() + "]";
    }
  }

  private record Code(Grant grant, Asked asked, Instant expiresAt) {}

  private record Refresh(Grant grant, Instant expiresAt) {}

  private final Realm realm;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  private final Map<String, BrowserSession> bySid = new HashMap<>();
  private final Map<String, String> sidByCookie = new HashMap<>();
  private final Map<String, Instant> lastUsedBySid = new HashMap<>();
  private final Map<String, ClientSession> clientSessions = new HashMap<>();
  private final Map<String, Code> codes = new HashMap<>();
  private final Map<String, Refresh> refreshTokens = new HashMap<>();
  private final Set<String> spent = new HashSet<>();
  private final Set<String> revokedAccessTokens = new HashSet<>();

  Sessions(Realm realm, Clock clock) {
    this.realm = realm;
    this.clock = clock;
  }

  /** 256 random bits, as text that needs no escaping. */
  String randomText() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * A user has shown the password. The same user in the same browser keeps the session, with a new
   * time of authentication; anyone else gets a new one, and a new cookie with it.
   */
  synchronized BrowserSession signIn(User user, @Nullable String cookie) {
    BrowserSession known = byCookie(cookie);
    Instant now = clock.instant();
    if (known != null && !known.user().equals(user)) {
      end(known.sid());
      known = null;
    }
    BrowserSession session =
        known == null
            ? new BrowserSession(randomText(), randomText(), user, now, now)
            : new BrowserSession(known.sid(), known.cookie(), user, now, known.startedAt());
    bySid.put(session.sid(), session);
    sidByCookie.put(session.cookie(), session.sid());
    lastUsedBySid.put(session.sid(), now);
    return session;
  }

  /** The living session of a browser; null if there is none. */
  synchronized @Nullable BrowserSession byCookie(@Nullable String cookie) {
    String sid = cookie == null ? null : sidByCookie.get(cookie);
    return sid == null ? null : alive(sid);
  }

  /** The living session of that provider session id; null if there is none. */
  synchronized @Nullable BrowserSession alive(String sid) {
    BrowserSession session = bySid.get(sid);
    if (session == null) {
      return null;
    }
    Instant now = clock.instant();
    Instant idleUntil = lastUsedBySid.getOrDefault(sid, Instant.MIN).plus(realm.sessionIdle());
    if (!now.isBefore(idleUntil) || !now.isBefore(session.startedAt().plus(realm.sessionMax()))) {
      end(sid);
      return null;
    }
    return session;
  }

  /** Makes a code for what a browser asked. */
  synchronized String issueCode(BrowserSession browser, Asked asked, boolean fromSso) {
    forgetIfFull();
    ClientSession clientSession =
        clientSessions.computeIfAbsent(
            browser.sid() + " " + asked.client().clientId(),
            _ -> new ClientSession(randomText(), browser.sid(), asked.client().clientId()));
    lastUsedBySid.put(browser.sid(), clock.instant());
    Grant grant =
        new Grant(browser, clientSession, asked.client(), asked.scope(), asked.nonce(), fromSso);
    String code = randomText();
    codes.put(code, new Code(grant, asked, clock.instant().plus(CODE_LIFETIME)));
    return code;
  }

  /**
   * Redeems a code. Whatever is wrong, the code is spent: a second attempt with the right verifier
   * is what a thief would try.
   */
  synchronized Grant redeem(
      String code, Client client, @Nullable String redirectUri, @Nullable CodeVerifier verifier)
      throws GeneralException {
    Code found = codes.get(code);
    if (found == null) {
      throw invalidGrant("Code not valid");
    }
    if (!spent.add(code)) {
      endClientSession(found.grant().clientSession());
      throw invalidGrant("Code not valid");
    }
    if (!found.asked().client().equals(client)) {
      throw invalidGrant("Auth error");
    }
    if (!clock.instant().isBefore(found.expiresAt())) {
      throw invalidGrant("Code is expired");
    }
    if (!found.asked().redirectUri().equals(redirectUri)) {
      throw invalidGrant("Incorrect redirect_uri");
    }
    checkVerifier(found.asked().codeChallenge(), verifier);
    if (alive(found.grant().browser().sid()) == null) {
      throw invalidGrant("Session not active");
    }
    return found.grant();
  }

  private static void checkVerifier(@Nullable String challenge, @Nullable CodeVerifier verifier)
      throws GeneralException {
    if (challenge == null) {
      if (verifier != null) {
        throw invalidGrant("PKCE code verifier without a challenge");
      }
      return;
    }
    if (verifier == null) {
      throw invalidGrant("PKCE code verifier not specified");
    }
    if (!CodeChallenge.compute(CodeChallengeMethod.S256, verifier).getValue().equals(challenge)) {
      throw invalidGrant("PKCE verification failed: Code mismatch");
    }
  }

  /** Makes a refresh token for a grant. */
  synchronized String issueRefreshToken(Grant grant) {
    forgetIfFull();
    String refreshToken = randomText();
    refreshTokens.put(
        refreshToken, new Refresh(grant, clock.instant().plus(refreshLifetime(grant))));
    return refreshToken;
  }

  /** How long a refresh token of this grant, made now, would live. */
  synchronized Duration refreshLifetime(Grant grant) {
    Instant end = grant.browser().startedAt().plus(realm.sessionMax());
    Duration left = Duration.between(clock.instant(), end);
    return left.compareTo(realm.sessionIdle()) < 0 ? left : realm.sessionIdle();
  }

  /** Takes a refresh token; in a realm that rotates them it is spent by this. */
  synchronized Grant refresh(String refreshToken, Client client) throws GeneralException {
    Refresh found = refreshTokens.get(refreshToken);
    if (found == null) {
      throw invalidGrant("Invalid refresh token");
    }
    Grant grant = found.grant();
    if (!grant.client().equals(client)) {
      throw invalidGrant("Invalid refresh token. Token client and authorized client don't match");
    }
    if (alive(grant.browser().sid()) == null) {
      throw invalidGrant("Session not active");
    }
    if (!lives(grant.clientSession())) {
      throw invalidGrant("Session doesn't have required client");
    }
    if (!clock.instant().isBefore(found.expiresAt())) {
      throw invalidGrant("Token is not active");
    }
    if (realm.rotatesRefreshTokens() && !spent.add(refreshToken)) {
      endClientSession(grant.clientSession());
      throw invalidGrant("Maximum allowed refresh token reuse exceeded");
    }
    lastUsedBySid.put(grant.browser().sid(), clock.instant());
    return new Grant(
        grant.browser(),
        grant.clientSession(),
        grant.client(),
        grant.scope(),
        null,
        grant.fromSso());
  }

  /** Whether the access tokens of a client session are still good. */
  synchronized boolean lives(ClientSession clientSession) {
    return clientSession.equals(clientSessions.get(key(clientSession)));
  }

  /** Whether a client still has a share in the session {@code sid}. */
  synchronized boolean lives(String sid, ClientID clientId) {
    return alive(sid) != null && clientSessions.containsKey(sid + " " + clientId.getValue());
  }

  /** Ends one client's share; the browser's session goes on. */
  synchronized void endClientSession(ClientSession clientSession) {
    clientSessions.remove(key(clientSession), clientSession);
  }

  /**
   * Revokes a refresh token of {@code client}: its client session ends, and the browser's session
   * with it if no other client has a share, as in Keycloak. Null if the token is not known.
   */
  synchronized @Nullable Grant revokeRefreshToken(String refreshToken, Client client) {
    Refresh found = refreshTokens.get(refreshToken);
    if (found == null || !found.grant().client().equals(client)) {
      return null;
    }
    endClientSession(found.grant().clientSession());
    String sid = found.grant().browser().sid();
    if (clientSessions.keySet().stream().noneMatch(key -> key.startsWith(sid + " "))) {
      end(sid);
    }
    return found.grant();
  }

  /** Revokes one access token by its {@code jti}. */
  synchronized void revokeAccessToken(String jwtId) {
    forgetIfFull();
    revokedAccessTokens.add(jwtId);
  }

  synchronized boolean isRevoked(String jwtId) {
    return revokedAccessTokens.contains(jwtId);
  }

  /** Ends a browser session with all that hangs on it. */
  synchronized void end(String sid) {
    BrowserSession session = bySid.remove(sid);
    if (session != null) {
      sidByCookie.remove(session.cookie());
      lastUsedBySid.remove(sid);
      clientSessions.keySet().removeIf(key -> key.startsWith(sid + " "));
    }
  }

  /** Ends a living browser session, and says whom that concerns; null if it does not live. */
  synchronized @Nullable SignedOut signOut(String sid) {
    BrowserSession session = alive(sid);
    if (session == null) {
      return null;
    }
    List<String> clientIds =
        clientSessions.values().stream()
            .filter(share -> share.sid().equals(sid))
            .map(ClientSession::clientId)
            .sorted()
            .toList();
    end(sid);
    return new SignedOut(session, clientIds);
  }

  /** The living browser sessions of a user. */
  synchronized List<BrowserSession> of(String username) {
    return List.copyOf(bySid.values()).stream()
        .filter(session -> session.user().username().equals(username))
        .filter(session -> alive(session.sid()) != null)
        .toList();
  }

  /** How many browser sessions there are. */
  synchronized int count() {
    return bySid.size();
  }

  private static String key(ClientSession clientSession) {
    return clientSession.sid() + " " + clientSession.clientId();
  }

  private void forgetIfFull() {
    if (codes.size() + refreshTokens.size() + revokedAccessTokens.size() < MEMORY_LIMIT) {
      return;
    }
    Instant now = clock.instant();
    codes.values().removeIf(code -> !now.isBefore(code.expiresAt()));
    refreshTokens.values().removeIf(token -> !lives(token.grant().clientSession()));
    spent.removeIf(value -> !codes.containsKey(value) && !refreshTokens.containsKey(value));
    revokedAccessTokens.clear();
  }

  private static GeneralException invalidGrant(String description) {
    return new GeneralException(description, OAuth2Error.INVALID_GRANT.setDescription(description));
  }
}
