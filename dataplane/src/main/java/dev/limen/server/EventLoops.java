package dev.limen.server;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The threads that all front doors share: one event loop a core, on epoll where there is one.
 *
 * <p>Invariant: nothing that runs on them waits for anything but its selector.
 *
 * @param group the loops
 * @param channelType what listens on them
 */
record EventLoops(EventLoopGroup group, Class<? extends ServerChannel> channelType)
    implements AutoCloseable {
  /** What their threads are called. */
  static final String THREAD_NAME = "limen-loop";

  /** How long a stop may take once nothing is under way any more. */
  private static final long STOP_SECONDS = 5;

  /** As many loops as cores. */
  static EventLoops start() {
    boolean epoll = Epoll.isAvailable();
    return start(
        epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory(),
        epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class);
  }

  /** Loops with this transport; tests look into it. */
  static EventLoops start(IoHandlerFactory factory, Class<? extends ServerChannel> channelType) {
    int count = Runtime.getRuntime().availableProcessors();
    return new EventLoops(
        new MultiThreadIoEventLoopGroup(count, new DefaultThreadFactory(THREAD_NAME), factory),
        channelType);
  }

  @Override
  public void close() {
    group
        .shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
  }
}
