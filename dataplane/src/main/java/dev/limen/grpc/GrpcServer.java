package dev.limen.grpc;

import dev.limen.check.CheckFigures;
import dev.limen.check.CheckHandler;
import dev.limen.check.ConnectionLimit;
import dev.limen.check.Reason;
import dev.limen.config.BindAddress;
import dev.limen.config.ServerConfig.ExtAuthzConfig;
import dev.limen.config.ServerConfig.GrpcConfig;
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
import java.util.function.BooleanSupplier;

/**
 * The gRPC front door: {@code envoy.service.auth.v3.Authorization/Check} and {@code
 * grpc.health.v1.Health/Check} on HTTP/2 with prior knowledge.
 *
 * <p>Invariant: no event loop waits here; a check is answered on the loop that read it. Safe for
 * all threads.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails closes the connection.
public final class GrpcServer implements AutoCloseable {
  /** Connections that the system may hold before they are accepted. */
  static final int BACKLOG = 1_024;

  /** Any delay will do: a timer's task runs in a later round of the loop than its scheduling. */
  private static final long AFTER_SELECT_MILLIS = 1;

  private final EventLoopGroup loops;
  private final GrpcService service;
  private final ChannelGroup connections;
  private final Channel listener;

  private GrpcServer(
      EventLoopGroup loops, GrpcService service, ChannelGroup connections, Channel listener) {
    this.service = service;
    this.loops = loops;
    this.connections = connections;
    this.listener = listener;
  }

  /**
   * What a door is made of, before it listens.
   *
   * @param config where to listen, for how many streams, until when
   * @param checks decides
   * @param serving what the health service says: whether gateways should send checks here
   * @param figures counts
   */
  public record Setup(
      ExtAuthzConfig config, CheckHandler checks, BooleanSupplier serving, CheckFigures figures) {
    /** Listens; returns when connections are accepted. */
    public GrpcServer listen(EventLoopGroup loops, Class<? extends ServerChannel> channelType)
        throws IOException {
      GrpcService service = new GrpcService(checks, serving, figures, config.deadline().toNanos());
      ChannelGroup connections = new DefaultChannelGroup(loops.next(), true);
      GrpcConfig grpc = config.grpc();
      ConnectionLimit limit =
          new ConnectionLimit(grpc.maxConnections(), grpc.maxConnectionsPerSource());
      ServerBootstrap bootstrap =
          new ServerBootstrap()
              .group(loops)
              .channel(channelType)
              .option(ChannelOption.SO_BACKLOG, BACKLOG)
              .option(ChannelOption.SO_REUSEADDR, true)
              .childOption(ChannelOption.TCP_NODELAY, true)
              .childOption(ChannelOption.SO_KEEPALIVE, true)
              .childHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      if (admits(limit, channel)) {
                        connections.add(channel);
                        addHandlers(channel, service, grpc);
                      } else {
                        figures.refused(Reason.TOO_MANY_CONNECTIONS);
                        channel.close();
                      }
                    }
                  });
      return new GrpcServer(loops, service, connections, bind(bootstrap, grpc.bindAddress()));
    }
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

  private static void addHandlers(Channel channel, GrpcService service, GrpcConfig grpc) {
    channel
        .pipeline()
        .addLast(new IdleStateHandler(grpc.idleTimeout().toSeconds(), 0, 0, TimeUnit.SECONDS))
        .addLast(new GrpcConnectionBuilder(service, grpc).build());
  }

  private static Channel bind(ServerBootstrap bootstrap, BindAddress address) throws IOException {
    ChannelFuture bound = bootstrap.bind(address.host(), address.port()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("cannot listen for gRPC checks: bindAddress=" + address, bound.cause());
    }
    return bound.channel();
  }

  /** Where it listens, with the port that the system chose if it was to choose one. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /**
   * Accepts no more connections, tells the gateways to leave, and answers what they still ask.
   *
   * @param grace past it, connections are closed as they are
   * @return completes when nobody is listened to and no connection is left
   */
  public CompletableFuture<Void> drain(Duration grace) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    service.leaving().set(true);
    ChannelFuture deaf = listener.close();
    for (Channel connection : connections) {
      connection.eventLoop().execute(() -> drain(connection));
    }
    // Over NIO the kernel accepts until the loop's next select, which comes before a timer's task.
    Runnable refused =
        () ->
            listener
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

  private static void drain(Channel connection) {
    GrpcConnection handler = connection.pipeline().get(GrpcConnection.class);
    if (handler != null) {
      handler.drain();
    }
  }

  /** Stops at once. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    connections.close().awaitUninterruptibly();
  }
}
