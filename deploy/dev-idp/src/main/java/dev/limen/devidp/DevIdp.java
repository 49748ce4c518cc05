package dev.limen.devidp;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A strict OpenID Provider in the manner of Keycloak, for tests and for the demo.
 *
 * <p>Invariant: it answers as soon as {@link #start} has returned, and never after {@link #close}.
 * What it does follows Keycloak 26.7.3 where that was observed, and the standards where Keycloak is
 * more lenient. Never for production: passwords and secrets stand in a file.
 */
public final class DevIdp implements AutoCloseable {
  static {
    // The JDK's server writes head and body apart; with Nagle's algorithm each answer would wait
    // 40 ms for an acknowledgement. Read once, when the first server is made.
    setUnlessSet("sun.net.httpserver.nodelay", "true");
    // Gateways keep idle connections longer than the server's 30 s, and would lose a race.
    setUnlessSet("sun.net.httpserver.idleInterval", "600");
  }

  private final HttpServer server;
  private final ExecutorService executor;
  private final Provider provider;
  private final LogoutNotices notices;
  private final FaultSwitches faults;
  private final RequestLog log;

  private DevIdp(HttpServer server, DevIdpConfig config) {
    this.server = server;
    this.executor = Executors.newVirtualThreadPerTaskExecutor();
    Realm realm = config.realm().with(config);
    String ownHost = config.bindAddress() + ":" + server.getAddress().getPort();
    URI configured = config.issuer();
    URI issuer =
        configured == null
            ? URI.create("http://" + ownHost + "/realms/" + realm.name())
            : configured;
    this.provider =
        new Provider(
            realm,
            new Addresses(issuer, realm.name(), ownHost),
            new Sessions(realm, config.clock()),
            new SigningKeys(config.signingAlgorithm()),
            config.clock());
    this.notices = new LogoutNotices(provider, executor);
    this.faults = new FaultSwitches(config.slowBy());
    config.faults().forEach(faults::switchOn);
    this.log = new RequestLog(config.log());
    server.setExecutor(executor);
    server.createContext("/", new FrontDoor(provider, notices, faults, log));
  }

  /**
   * Starts a provider.
   *
   * @throws IOException if the address cannot be had; the message names it
   */
  public static DevIdp start(DevIdpConfig config) throws IOException {
    InetSocketAddress address = new InetSocketAddress(config.bindAddress(), config.port());
    HttpServer server;
    try {
      server = HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
    }
    DevIdp started = new DevIdp(server, config);
    server.start();
    return started;
  }

  /** The public issuer. */
  public String issuer() {
    return provider.addresses().issuer();
  }

  /** The port it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** The own origin, {@code http://127.0.0.1:8180}: what a back channel uses. */
  public String origin() {
    return "http://" + server.getAddress().getHostString() + ":" + port();
  }

  /** What was asked so far. */
  public List<RequestRecord> requests() {
    return log.all();
  }

  /** The log itself: to wait, to count, to listen, to clear. */
  public RequestLog log() {
    return log;
  }

  /** What is to go wrong. */
  public FaultSwitches faults() {
    return faults;
  }

  /** Signs with a new key from now on; old ones stay published. */
  public void rotateKeys() {
    provider.keys().rotate();
  }

  /** Publishes the newest key only. */
  public void dropOldKeys() {
    provider.keys().dropOld();
  }

  /**
   * Ends every session of a user, as an administrator would; no refresh token of it works more, and
   * the clients that want to hear of it do.
   */
  public void endSessionsOf(String username) {
    for (Sessions.BrowserSession session : provider.sessions().of(username)) {
      Sessions.SignedOut ended = provider.sessions().signOut(session.sid());
      if (ended != null) {
        notices.send(ended);
      }
    }
  }

  /**
   * A logout token about the newest session of {@code username}, as it would be sent to {@code
   * clientId}, but for one flaw.
   *
   * @throws IllegalArgumentException if that user has no session
   */
  public String logoutToken(String username, String clientId, LogoutFlaw flaw) {
    return provider.sessions().of(username).stream()
        .max(Comparator.comparing(Sessions.BrowserSession::startedAt))
        .map(session -> new LogoutTokens(provider).token(session, clientId, flaw))
        .orElseThrow(() -> new IllegalArgumentException("nobody is logged in: " + username));
  }

  /** What clients answered to logout tokens so far: HTTP statuses, and 0 for no answer. */
  public List<Integer> logoutAnswers() {
    return notices.answers();
  }

  /** How many browsers are logged in. */
  public int sessionCount() {
    return provider.sessions().count();
  }

  /** Stops listening and drops what is under way. */
  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }

  private static void setUnlessSet(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }
}
