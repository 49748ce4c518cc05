package dev.limen.http;

import dev.limen.check.ConnectionLimit;
import dev.limen.config.BindAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One listening port of HTTP/1.1 and its connections.
 *
 * <p>Invariant: no event loop waits here. Safe for all threads.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A connection that fails is closed already.
final class Listener {
  /** Connections that the system may hold before they are accepted. */
  static final int BACKLOG = 1_024;

  /** Any delay will do: a timer's task runs in a later round of the loop than its scheduling. */
  private static final long AFTER_SELECT_MILLIS = 1;

  private final EventLoopGroup loops;
  private final AtomicBoolean leaving;
  private final ChannelGroup connections;
  private final Channel listening;

  private Listener(
      EventLoopGroup loops, AtomicBoolean leaving, ChannelGroup connections, Channel listening) {
    this.leaving = leaving;
    this.loops = loops;
    this.connections = connections;
    this.listening = listening;
  }

  /**
   * What bounds a port.
   *
   * @param address where it is
   * @param limit how many connections, of all and of each source
   * @param idleTimeout nothing sent, nothing received, nothing waited for
   * @param messageTimeout from the first byte of a request to its last
   */
  record Port(
      BindAddress address, ConnectionLimit limit, Duration idleTimeout, Duration messageTimeout) {}

  /** Listens; returns when connections are accepted. */
  static Listener listen(
      EventLoopGroup loops,
      Class<? extends ServerChannel> channelType,
      Port port,
      RequestHandler handler)
      throws IOException {
    AtomicBoolean leaving = new AtomicBoolean();
    ChannelGroup connections = new DefaultChannelGroup(loops.next(), true);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(channelType)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (admits(port.limit(), channel)) {
                      connections.add(channel);
                      HttpConnection connection =
                          new HttpConnection(channel, handler, port.messageTimeout());
                      addHandlers(channel, connection, port.idleTimeout());
                      if (leaving.get()) {
                        connection.drain();
                      }
                    } else {
                      handler.turnedAway();
                      channel.close();
                    }
                  }
                });
    BindAddress address = port.address();
    ChannelFuture bound = bootstrap.bind(address.host(), address.port()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("cannot listen for HTTP: bindAddress=" + address, bound.cause());
    }
    return new Listener(loops, leaving, connections, bound.channel());
  }

  /** One without an address is gone already. */
  private static boolean admits(ConnectionLimit limit, Channel channel) {
    if (!(channel.remoteAddress() instanceof InetSocketAddress source)
        || !limit.enter(source.getAddress())) {
      return false;
    }
    channel.closeFuture().addListener(_ -> limit.leave(source.getAddress()));
    return true;
  }

  private static void addHandlers(
      Channel channel, HttpConnection connection, Duration idleTimeout) {
    channel
        .pipeline()
        .addLast(new IdleStateHandler(0, 0, idleTimeout.toSeconds(), TimeUnit.SECONDS))
        .addLast(connection.decoder())
        .addLast(connection);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listening.localAddress();
  }

  /**
   * Accepts no more connections, ends each with its next answer, and all that are left after {@code
   * grace}: an idle one may be in use at this very moment, so none is closed before.
   */
  CompletableFuture<Void> drain(Duration grace) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    leaving.set(true);
    ChannelFuture deaf = listening.close();
    for (Channel channel : connections) {
      HttpConnection connection = channel.pipeline().get(HttpConnection.class);
      if (connection != null) {
        connection.drain();
      }
    }
    // Over NIO the kernel accepts until the loop's next select, which comes before a timer's task.
    Runnable refused =
        () ->
            listening
                .eventLoop()
                .schedule(() -> done.complete(null), AFTER_SELECT_MILLIS, TimeUnit.MILLISECONDS);
    // One that was accepted before may begin only now, on its own loop, and is waited for as well.
    deaf.addListener(_ ->
        aTurnOfEachLoop()
            .thenRun(() -> connections.newCloseFuture().addListener(_ -> refused.run())));
    loops.next().schedule(() -> connections.close(), grace.toMillis(), TimeUnit.MILLISECONDS);
    return done;
  }

  /** When each loop has done what it was told before: then who was accepted is among us. */
  private CompletableFuture<Void> aTurnOfEachLoop() {
    List<CompletableFuture<Void>> turns = new ArrayList<>();
    loops.forEach(loop -> turns.add(CompletableFuture.runAsync(() -> {}, loop)));
    return CompletableFuture.allOf(turns.toArray(new CompletableFuture<?>[0]));
  }

  void close() {
    listening.close().awaitUninterruptibly();
    connections.close().awaitUninterruptibly();
  }
}
