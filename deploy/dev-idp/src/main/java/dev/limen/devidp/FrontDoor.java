package dev.limen.devidp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Where every request comes in: names its kind, lets the faults in front of the work strike, has it
 * answered, writes it into the log, and sends the answer.
 *
 * <p>Invariant: a request is in the log exactly once, before its answer leaves.
 */
final class FrontDoor implements HttpHandler {
  private static final System.Logger LOG = System.getLogger(FrontDoor.class.getName());
  private static final int PATH_LIMIT = 256;

  private static final String GARBAGE_PAGE =
      "<!DOCTYPE html><title>Guest network</title><h1>Please accept the terms of use</h1>";

  private final Provider provider;
  private final FaultSwitches faults;
  private final RequestLog log;
  private final MetadataEndpoints metadata;
  private final AuthorizationEndpoint authorization;
  private final TokenEndpoint token;
  private final UserInfoEndpoint userInfo;
  private final RevocationEndpoint revocation;
  private final LogoutEndpoint logout;

  FrontDoor(Provider provider, LogoutNotices notices, FaultSwitches faults, RequestLog log) {
    this.provider = provider;
    this.faults = faults;
    this.log = log;
    this.metadata = new MetadataEndpoints(provider);
    this.authorization = new AuthorizationEndpoint(provider);
    this.token = new TokenEndpoint(provider);
    this.userInfo = new UserInfoEndpoint(provider);
    this.revocation = new RevocationEndpoint(provider);
    this.logout = new LogoutEndpoint(provider, notices);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Incoming request = Incoming.read(exchange);
      RequestKind kind = provider.addresses().kindOf(request);
      Strikes strikes = new Strikes(faults, kind);
      Reply reply = answer(request, kind, strikes);
      // Closing an exchange whose head was not sent drops the connection.
      boolean lost = strikes.strike(Fault.LOST_RESPONSE);
      log.add(record(request, kind, reply, strikes));
      if (!lost) {
        send(exchange, reply);
      }
    }
  }

  private Reply answer(Incoming request, RequestKind kind, Strikes strikes) {
    if (strikes.strike(Fault.SLOW)) {
      pause(faults.slowBy());
    }
    if (strikes.strike(Fault.HTTP_500)) {
      return Reply.empty(500, "http-500");
    }
    if (strikes.strike(Fault.GARBAGE)) {
      return Reply.empty(200, "garbage")
          .with("Content-Type", "text/html; charset=utf-8")
          .withBody(GARBAGE_PAGE);
    }
    if (!request.isWhole()) {
      return Reply.empty(413, "too-large");
    }
    try {
      return endpointOf(kind).answer(request, strikes);
    } catch (RuntimeException e) {
      // Our own mistake: say where, and not with what, since the message may quote a parameter.
      StackTraceElement[] stack = e.getStackTrace();
      LOG.log(
          System.Logger.Level.ERROR,
          "cannot answer " + kind.label() + ": " + e.getClass() + " at " + List.of(stack));
      return Reply.empty(500, "bug");
    }
  }

  private Endpoint endpointOf(RequestKind kind) {
    return switch (kind) {
      case DISCOVERY -> metadata::discovery;
      case CERTS -> metadata::certs;
      case AUTHORIZE -> authorization;
      case LOGIN -> authorization::login;
      case TOKEN, TOKEN_CODE, TOKEN_REFRESH -> token;
      case USERINFO -> userInfo;
      case REVOKE -> revocation;
      case LOGOUT -> logout;
      case UNKNOWN -> (_, _) -> Reply.empty(404, "not-found");
    };
  }

  private RequestRecord record(Incoming request, RequestKind kind, Reply reply, Strikes strikes) {
    String path = request.path();
    return new RequestRecord(
        provider.clock().instant(),
        request.method(),
        path.length() > PATH_LIMIT ? path.substring(0, PATH_LIMIT) : path,
        kind,
        reply.outcome(),
        reply.status(),
        reply.clientId(),
        reply.user(),
        strikes.labels(),
        request.host(),
        request.remotePort(),
        List.copyOf(request.headers().keySet()));
  }

  private static void send(HttpExchange exchange, Reply reply) throws IOException {
    for (Map.Entry<String, String> header : reply.headers()) {
      exchange.getResponseHeaders().add(header.getKey(), header.getValue());
    }
    byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
    if (body.length == 0 || exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(reply.status(), -1);
      return;
    }
    exchange.sendResponseHeaders(reply.status(), body.length);
    exchange.getResponseBody().write(body);
  }

  private static void pause(Duration delay) {
    try {
      Thread.sleep(delay);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
