package dev.limen.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Stands on one link, passes every byte on, and breaks the link in one of the ways in which links
 * break.
 *
 * <p>Invariant: as long as nothing is broken it changes no byte; a connection that lost a byte is
 * never used again, since neither side could know where it stands. It keeps its port for life,
 * whoever is behind it: a process that starts again may listen elsewhere.
 */
final class FaultProxy implements AutoCloseable {
  private static final int PIECE = 64 << 10;
  private static final int NO_CUT = -1;

  private enum State {
    /** Every byte goes on, after {@link #delayNanos}. */
    PASS,
    /** Half open: bytes are taken and go nowhere. New connections too. */
    SWALLOW,
    /** Nobody new: a connection is reset as it comes. */
    REFUSE
  }

  private final ServerSocketChannel listener;
  private final Thread acceptor;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Set<Integer> unanswered = ConcurrentHashMap.newKeySet();
  private final Set<Integer> asking = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cutAfter = new AtomicInteger(NO_CUT);
  private final AtomicReference<@Nullable Strike> strike = new AtomicReference<>();
  private volatile SocketAddress target;
  private volatile CountDownLatch answersMayGo = new CountDownLatch(0);
  private volatile State state = State.PASS;
  private volatile long delayNanos;

  private FaultProxy(ServerSocketChannel listener, SocketAddress target) {
    this.listener = listener;
    this.target = target;
    this.acceptor = Thread.ofVirtual().name("fault-proxy").start(this::accept);
  }

  /** Listens on a free port of loopback. */
  static FaultProxy to(SocketAddress target) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(loopback(0), 1024);
    return new FaultProxy(listener, target);
  }

  static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  int port() {
    return listener.socket().getLocalPort();
  }

  /** Where new connections lead from now on. */
  void leadTo(SocketAddress other) {
    target = other;
  }

  /** Every piece of either direction is so much later. */
  void delay(Duration by) {
    delayNanos = by.toNanos();
  }

  /** Requests arrive, and every answer waits until {@link #letGo}. */
  void holdAnswers() {
    answersMayGo = new CountDownLatch(1);
  }

  /** What was held goes on, and no byte of it is lost. */
  void letGo() {
    answersMayGo.countDown();
  }

  /** Half open: nothing arrives, and nobody is told. */
  void swallow() {
    state = State.SWALLOW;
  }

  /** Whoever connects is reset; what is connected goes on. */
  void refuse() {
    state = State.REFUSE;
  }

  /** Resets every connection that there is. */
  void resetAll() {
    connections.forEach(Connection::reset);
  }

  /** Of the next answer with more bytes than that only so many arrive, then comes a reset. */
  void cutNextAnswer(int afterBytes) {
    cutAfter.set(afterBytes);
  }

  /** Acts once, at the next request that it waits for; replaces the one before. */
  void strikeOnce(Strike next) {
    strike.set(next);
  }

  /** Whether what {@link #strikeOnce} waits for has not come yet. */
  boolean isWaitingToStrike() {
    return strike.get() != null;
  }

  /** Nothing is broken any more; connections that lost bytes are gone. */
  void heal() {
    letGo();
    delayNanos = 0;
    cutAfter.set(NO_CUT);
    strike.set(null);
    State before = state;
    state = State.PASS;
    if (before == State.SWALLOW) {
      resetAll();
    }
  }

  /**
   * From which of its own ports it had asked the target when the connection was broken with the
   * answer outstanding: these answers never arrived.
   */
  Set<Integer> unansweredPorts() {
    return Set.copyOf(unanswered);
  }

  /** Whether this is one of the ports from which it ever asked the target. */
  boolean askedFrom(int port) {
    return asking.contains(port);
  }

  /** Whether somebody waits for an answer, or has one of which this proxy has not taken note. */
  boolean owesAnAnswer() {
    return connections.stream().anyMatch(connection -> connection.isAnswerOutstanding);
  }

  /** Connections at this moment. */
  int open() {
    return connections.size();
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        SocketChannel near = listener.accept();
        Thread.ofVirtual().start(() -> connect(near));
      } catch (IOException _) {
        // Closed, or this one connection failed: whoever wanted it sees that.
      }
    }
  }

  private void connect(SocketChannel near) {
    if (state == State.REFUSE) {
      reset(near);
      return;
    }
    try {
      SocketChannel far = SocketChannel.open(target);
      Connection opened = new Connection(near, far);
      connections.add(opened);
      opened.start();
      if (!listener.isOpen()) {
        opened.reset();
      }
    } catch (IOException _) {
      // Nobody is there: what a peer that died looks like from behind a proxy.
      reset(near);
    }
  }

  private static void reset(SocketChannel channel) {
    try {
      if (channel.getLocalAddress() instanceof InetSocketAddress) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
      channel.close();
    } catch (IOException _) {
      // It was closed already.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      acceptor.join(Duration.ofSeconds(5));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    letGo();
    resetAll();
  }

  /** Both directions of one connection. */
  private final class Connection {
    private final SocketChannel near;
    private final SocketChannel far;
    private final int askingPort;
    private final AtomicInteger ends = new AtomicInteger();
    private volatile boolean isAnswerOutstanding;
    private volatile boolean isHeld;
    private volatile boolean isNearGone;
    private volatile @Nullable Strike struck;

    Connection(SocketChannel near, SocketChannel far) throws IOException {
      this.near = near;
      this.far = far;
      this.askingPort =
          far.getLocalAddress() instanceof InetSocketAddress address ? address.getPort() : 0;
      asking.add(askingPort);
      noDelay(near);
      noDelay(far);
    }

    private static void noDelay(SocketChannel channel) throws IOException {
      if (channel.getLocalAddress() instanceof InetSocketAddress) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
    }

    void start() {
      Thread.ofVirtual().start(() -> pump(near, far, this::passRequest));
      Thread.ofVirtual().start(() -> pump(far, near, this::passAnswer));
    }

    private void pump(SocketChannel from, SocketChannel to, Passage passage) {
      ByteBuffer piece = ByteBuffer.allocate(PIECE);
      try {
        while (from.read(piece.clear()) >= 0) {
          pause(delayNanos);
          passage.pass(piece.flip());
        }
        isNearGone |= from.equals(near);
        if (!isHeld) {
          to.shutdownOutput();
        }
        if (ends.incrementAndGet() == 2) {
          reset();
        }
      } catch (IOException _) {
        // One side is gone: so the other must see it.
        reset();
      }
    }

    private void passRequest(ByteBuffer piece) throws IOException {
      if (isLostNow()) {
        return;
      }
      Strike waiting = strike.get();
      if (waiting != null && waiting.isMetBy(this, text(piece)) && take(waiting)) {
        struck = waiting;
        if (waiting.isBeforeTheRequest()) {
          isHeld = true;
          act(waiting);
          return;
        }
      }
      isAnswerOutstanding = true;
      write(far, piece);
    }

    private void passAnswer(ByteBuffer piece) throws IOException {
      awaitMayGo();
      Strike taken = struck;
      if (taken != null) {
        isHeld = true;
        if (taken.isAnsweredBy(text(piece))) {
          act(taken);
        }
        return;
      }
      if (isLostNow()) {
        return;
      }
      if (isNearGone) {
        // A write would succeed, and whoever asked has died.
        reset();
        return;
      }
      int cut = cutAfter.get();
      if (cut >= 0 && piece.remaining() > cut && cutAfter.compareAndSet(cut, NO_CUT)) {
        write(near, piece.limit(cut));
        reset();
        return;
      }
      write(near, piece);
      isAnswerOutstanding = false;
    }

    private boolean isLostNow() {
      isHeld |= state == State.SWALLOW;
      return isHeld;
    }

    private boolean take(Strike waiting) {
      return strike.compareAndSet(waiting, null);
    }

    /** Reset after the act: who is killed by it must not see the reset first. */
    private void act(Strike taken) {
      taken.act();
      reset();
    }

    void reset() {
      if (isAnswerOutstanding && askingPort != 0) {
        unanswered.add(askingPort);
      }
      FaultProxy.reset(near);
      FaultProxy.reset(far);
      connections.remove(this);
    }
  }

  private interface Passage {
    void pass(ByteBuffer piece) throws IOException;
  }

  private static void write(SocketChannel to, ByteBuffer piece) throws IOException {
    while (piece.hasRemaining()) {
      to.write(piece);
    }
  }

  private static String text(ByteBuffer piece) {
    return StandardCharsets.ISO_8859_1.decode(piece.duplicate()).toString();
  }

  private void awaitMayGo() throws IOException {
    try {
      answersMayGo.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    }
  }

  private static void pause(long nanos) throws IOException {
    if (nanos == 0) {
      return;
    }
    try {
      Thread.sleep(Duration.ofNanos(nanos));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    }
  }
}
