package dev.limen.check;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * Keeps the loop busy that a door's next connection goes to, while the door's other loop accepts:
 * who connects meanwhile is accepted, and its connection has not begun.
 */
public final class BusyLoop implements AutoCloseable {
  private final CountDownLatch freed = new CountDownLatch(1);

  /** Takes the first of two loops; a door's listener has the second. */
  public BusyLoop(EventLoopGroup loops) throws InterruptedException {
    CountDownLatch busy = new CountDownLatch(1);
    loops
        .iterator()
        .next()
        .execute(() -> {
          busy.countDown();
          awaitFreed();
        });
    busy.await();
  }

  private void awaitFreed() {
    try {
      freed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until {@code count} connections more than {@code before} were accepted. */
  public static void awaitAccepted(long before, int count) throws InterruptedException {
    while (CountedServerChannel.acceptedCount() < before + count) {
      Thread.sleep(1);
    }
  }

  /** Waits until nobody is let in at {@code address}. */
  public static void awaitDeaf(InetSocketAddress address) throws InterruptedException {
    while (isHeard(address)) {
      Thread.sleep(1);
    }
  }

  /** Whether {@code drained} goes on for long enough to be over if it waited for nobody. */
  public static boolean goesOn(CompletableFuture<Void> drained) throws InterruptedException {
    for (int i = 0; i < 100 && !drained.isDone(); i++) {
      Thread.sleep(1);
    }
    return !drained.isDone();
  }

  private static boolean isHeard(InetSocketAddress address) {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      return socket.isConnected();
    } catch (IOException _) {
      return false;
    }
  }

  /** The loop goes on. */
  public void free() {
    freed.countDown();
  }

  @Override
  public void close() {
    free();
  }
}
