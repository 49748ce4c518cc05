package dev.limen.http;

import dev.limen.check.CheckFigures;
import dev.limen.check.CheckHandler;
import dev.limen.check.ConnectionLimit;
import dev.limen.config.ServerConfig.ExtAuthzConfig;
import dev.limen.config.ServerConfig.HttpConfig;
import dev.limen.config.WebConfig;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The HTTP front door: Envoy's HTTP ext_authz under one prefix, browsers under another.
 *
 * <p>Invariant: no event loop waits here; a check is answered on the loop that read it. Safe for
 * all threads.
 */
public final class HttpServer implements AutoCloseable {
  private final Listener listener;

  private HttpServer(Listener listener) {
    this.listener = listener;
  }

  /**
   * What the door is made of, before it listens.
   *
   * @param config where to listen, the prefix of checks, how long one may take
   * @param web the prefix of the browser's endpoints
   * @param checks decides
   * @param endpoints answers browsers
   * @param figures counts
   */
  public record Setup(
      ExtAuthzConfig config,
      WebConfig web,
      CheckHandler checks,
      BrowserEndpoints endpoints,
      CheckFigures figures) {
    /** Listens; returns when connections are accepted. */
    public HttpServer listen(EventLoopGroup loops, Class<? extends ServerChannel> channelType)
        throws IOException {
      FrontDoor door = new FrontDoor(this);
      HttpConfig http = config.http();
      ConnectionLimit limit =
          new ConnectionLimit(http.maxConnections(), http.maxConnectionsPerSource());
      Listener.Port port =
          new Listener.Port(http.bindAddress(), limit, http.idleTimeout(), http.messageTimeout());
      return new HttpServer(Listener.listen(loops, channelType, port, door));
    }
  }

  /** Where it listens, with the port that the system chose if it was to choose one. */
  public InetSocketAddress address() {
    return listener.address();
  }

  /**
   * Accepts no more connections and says so in the next answer on each.
   *
   * @param grace past it, connections are closed as they are
   * @return completes when nobody is listened to and no connection is left
   */
  public CompletableFuture<Void> drain(Duration grace) {
    return listener.drain(grace);
  }

  /** Stops at once. */
  @Override
  public void close() {
    listener.close();
  }
}
