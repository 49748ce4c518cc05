package dev.limen.devidp;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How to start a {@link DevIdp}: begin with {@link #demo} or {@link #forRealm}, then say what is
 * different.
 *
 * <p>Invariant: immutable; what is in it was checked.
 *
 * @param bindAddress the address to listen on
 * @param port the port to listen on; 0 lets the system choose
 * @param issuer the public issuer; null for the own address and {@code /realms/<name>}
 * @param realm who may log in
 * @param accessTokenLifetime instead of the realm's; null for the realm's
 * @param refreshTokenLifetime instead of the realm's session idle timeout; null for the realm's
 * @param redirectUris more of them, for every client
 * @param postLogoutRedirectUris more of them, for every client
 * @param backchannelLogoutUri where every client wants to hear that a session has ended, instead of
 *     where the realm says; null for where the realm says
 * @param signingAlgorithm RS256, PS256 or ES256
 * @param clock what time it is
 * @param faults switched on from the start
 * @param slowBy how long {@link Fault#SLOW} waits
 * @param log where each request goes as a line of JSON; null for nowhere
 */
public record DevIdpConfig(
    String bindAddress,
    int port,
    @Nullable URI issuer,
    Realm realm,
    @Nullable Duration accessTokenLifetime,
    @Nullable Duration refreshTokenLifetime,
    List<String> redirectUris,
    List<String> postLogoutRedirectUris,
    @Nullable URI backchannelLogoutUri,
    String signingAlgorithm,
    Clock clock,
    List<FaultRule> faults,
    Duration slowBy,
    @Nullable PrintStream log) {

  /** Checks each value and copies the lists. */
  public DevIdpConfig {
    redirectUris = List.copyOf(redirectUris);
    postLogoutRedirectUris = List.copyOf(postLogoutRedirectUris);
    faults = List.copyOf(faults);
    require(port >= 0 && port <= 65_535, "port must be 0 to 65535: " + port);
    require(
        issuer == null || isPublicBase(issuer), "issuer must be http(s)://host/path: " + issuer);
    require(isPositive(accessTokenLifetime), "access token lifetime must be 1 s or more");
    require(isPositive(refreshTokenLifetime), "refresh token lifetime must be 1 s or more");
    require(!slowBy.isNegative(), "slow delay must not be negative: " + slowBy);
  }

  /** The realm of the demo, the very file that Keycloak imports, on a free port of 127.0.0.1. */
  public static DevIdpConfig demo() {
    try (InputStream realm = DevIdpConfig.class.getResourceAsStream("limen-realm.json")) {
      byte[] bytes = Objects.requireNonNull(realm, "limen-realm.json").readAllBytes();
      return of(RealmReader.parse(new String(bytes, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The realm in a file of Keycloak's export format, on a free port of 127.0.0.1.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if it holds something that the provider does not serve
   */
  public static DevIdpConfig forRealm(Path realmFile) throws IOException {
    return of(RealmReader.read(realmFile));
  }

  private static DevIdpConfig of(Realm realm) {
    return new DevIdpConfig(
        "127.0.0.1",
        0,
        null,
        realm,
        null,
        null,
        List.of(),
        List.of(),
        null,
        "RS256",
        Clock.systemUTC(),
        List.of(),
        Duration.ofSeconds(2),
        null);
  }

  /** Listens on this address instead of 127.0.0.1. */
  public DevIdpConfig withBindAddress(String value) {
    return copy(c -> c.bindAddress = value);
  }

  /** Listens on this port instead of a free one. */
  public DevIdpConfig withPort(int value) {
    return copy(c -> c.port = value);
  }

  /** Is known to the world by this issuer instead of by its own address. */
  public DevIdpConfig withIssuer(String value) {
    URI issuer = URI.create(value);
    return copy(c -> c.issuer = issuer);
  }

  /** Lets access and ID tokens live so long. */
  public DevIdpConfig withAccessTokenLifetime(Duration value) {
    return copy(c -> c.accessTokenLifetime = value);
  }

  /** Lets refresh tokens, and sessions without use, live so long. */
  public DevIdpConfig withRefreshTokenLifetime(Duration value) {
    return copy(c -> c.refreshTokenLifetime = value);
  }

  /** Lets codes go to this address too. */
  public DevIdpConfig withRedirectUri(String value) {
    return copy(c -> c.redirectUris = plus(c.redirectUris, value));
  }

  /** Lets browsers go to this address after logout too. */
  public DevIdpConfig withPostLogoutRedirectUri(String value) {
    return copy(c -> c.postLogoutRedirectUris = plus(c.postLogoutRedirectUris, value));
  }

  /** Tells every client there that a session has ended. */
  public DevIdpConfig withBackchannelLogoutUri(String value) {
    URI uri = URI.create(value);
    return copy(c -> c.backchannelLogoutUri = uri);
  }

  /** Signs with RS256, PS256 or ES256. */
  public DevIdpConfig withSigningAlgorithm(String value) {
    return copy(c -> c.signingAlgorithm = value);
  }

  /** Takes the time from this clock. */
  public DevIdpConfig withClock(Clock value) {
    return copy(c -> c.clock = value);
  }

  /** Starts with this fault switched on. */
  public DevIdpConfig withFault(FaultRule value) {
    return copy(c -> c.faults = plus(c.faults, value));
  }

  /** Lets {@link Fault#SLOW} wait so long. */
  public DevIdpConfig withSlowBy(Duration value) {
    return copy(c -> c.slowBy = value);
  }

  /** Writes each request there as a line of JSON. */
  public DevIdpConfig withLog(PrintStream value) {
    return copy(c -> c.log = value);
  }

  private DevIdpConfig copy(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.finish();
  }

  private static <T> List<T> plus(List<T> list, T element) {
    List<T> longer = new ArrayList<>(list);
    longer.add(element);
    return longer;
  }

  private static boolean isPublicBase(URI issuer) {
    String scheme = issuer.getScheme();
    return ("http".equals(scheme) || "https".equals(scheme))
        && issuer.getRawAuthority() != null
        && issuer.getRawQuery() == null
        && issuer.getRawFragment() == null
        && !issuer.getRawPath().endsWith("/");
  }

  private static boolean isPositive(@Nullable Duration lifetime) {
    return lifetime == null || lifetime.toSeconds() >= 1;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /** The same values while one of them changes. */
  private static final class Draft {
    String bindAddress;
    int port;
    @Nullable URI issuer;
    final Realm realm;
    @Nullable Duration accessTokenLifetime;
    @Nullable Duration refreshTokenLifetime;
    List<String> redirectUris;
    List<String> postLogoutRedirectUris;
    @Nullable URI backchannelLogoutUri;
    String signingAlgorithm;
    Clock clock;
    List<FaultRule> faults;
    Duration slowBy;
    @Nullable PrintStream log;

    Draft(DevIdpConfig from) {
      bindAddress = from.bindAddress;
      port = from.port;
      issuer = from.issuer;
      realm = from.realm;
      accessTokenLifetime = from.accessTokenLifetime;
      refreshTokenLifetime = from.refreshTokenLifetime;
      redirectUris = from.redirectUris;
      postLogoutRedirectUris = from.postLogoutRedirectUris;
      backchannelLogoutUri = from.backchannelLogoutUri;
      signingAlgorithm = from.signingAlgorithm;
      clock = from.clock;
      faults = from.faults;
      slowBy = from.slowBy;
      log = from.log;
    }

    DevIdpConfig finish() {
      return new DevIdpConfig(
          bindAddress,
          port,
          issuer,
          realm,
          accessTokenLifetime,
          refreshTokenLifetime,
          redirectUris,
          postLogoutRedirectUris,
          backchannelLogoutUri,
          signingAlgorithm,
          clock,
          faults,
          slowBy,
          log);
    }
  }
}
