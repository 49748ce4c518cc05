package dev.limen.demo.run;

import java.io.IOException;
import java.time.Duration;

/** The OpenID Provider of a run: the strict one of this project, or a real Keycloak. */
public interface Provider extends AutoCloseable {
  void awaitReady();

  ProviderLog log();

  /**
   * Tokens that are made from now on live at most this long, so that a judge need not wait.
   *
   * <p>The provider of this project is told so at its start instead.
   */
  void accessTokensLive(Duration lifetime) throws IOException;

  @Override
  void close();
}
