package dev.limen.demo.run;

import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.devidp.FaultRule;
import dev.limen.devidp.RequestRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The strict provider of {@code deploy/dev-idp}, in this process. */
public final class DevProvider implements Provider, ProviderLog {
  private final DevIdp idp;

  private DevProvider(DevIdp idp) {
    this.idp = idp;
  }

  /**
   * Starts it with the realm that Keycloak would import.
   *
   * @param lifetime of access tokens; null for the realm's own
   * @param fault a rule as {@link FaultRule#parse} reads it; null for none
   */
  static DevProvider start(
      Layout layout, String origin, @Nullable Duration lifetime, @Nullable String fault) {
    try {
      DevIdpConfig config =
          DevIdpConfig.forRealm(layout.realm())
              .withPort(Ports.PROVIDER)
              .withIssuer(origin + "/realms/limen");
      if (lifetime != null) {
        config = config.withAccessTokenLifetime(lifetime);
      }
      if (fault != null) {
        config = config.withFault(FaultRule.parse(fault));
      }
      return new DevProvider(DevIdp.start(config));
    } catch (IOException failed) {
      throw new CannotRun("the provider could not be started: " + failed.getMessage(), failed);
    } catch (IllegalArgumentException wrong) {
      throw new CannotRun(wrong.getMessage() == null ? "wrong fault" : wrong.getMessage(), wrong);
    }
  }

  @Override
  public void awaitReady() {
    // It listens when it has started.
  }

  @Override
  public ProviderLog log() {
    return this;
  }

  @Override
  public void accessTokensLive(Duration lifetime) {
    // Said at its start.
  }

  /** Signs with a new key from now on; what older ones signed stays good. */
  public void rotateKeys() {
    idp.rotateKeys();
  }

  @Override
  public List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (RequestRecord request : idp.requests()) {
      addEntries(request, entries);
    }
    return entries;
  }

  private static void addEntries(RequestRecord request, List<Entry> entries) {
    boolean planted =
        request.arrivedWith("x-auth-request-user")
            || request.arrivedWith("x-auth-request-access-token");
    String text =
        request.method() + " " + request.path() + " " + request.status() + " " + request.outcome();
    boolean ok = request.outcome().equals("ok");
    switch (request.kind()) {
      case AUTHORIZE -> entries.add(new Entry(Kind.AUTHORIZE, request.host(), planted, text));
      case LOGIN -> {
        Kind kind = request.outcome().equals("code-issued") ? Kind.LOGIN : Kind.OTHER;
        entries.add(new Entry(kind, request.host(), planted, text));
      }
      case TOKEN, TOKEN_CODE, TOKEN_REFRESH -> {
        entries.add(new Entry(Kind.TOKEN_REQUEST, request.host(), planted, text));
        if (ok) {
          entries.add(new Entry(granted(request), request.host(), planted, text));
        }
      }
      case LOGOUT -> {
        Kind kind = request.outcome().equals("signed-out") ? Kind.LOGOUT : Kind.OTHER;
        entries.add(new Entry(kind, request.host(), planted, text));
      }
      case DISCOVERY, CERTS, USERINFO, REVOKE, UNKNOWN ->
          entries.add(new Entry(Kind.OTHER, request.host(), planted, text));
    }
  }

  private static Kind granted(RequestRecord request) {
    return switch (request.kind()) {
      case TOKEN_CODE -> Kind.CODE_TO_TOKEN;
      case TOKEN_REFRESH -> Kind.REFRESH;
      default -> Kind.OTHER;
    };
  }

  @Override
  public void close() {
    idp.close();
  }
}
