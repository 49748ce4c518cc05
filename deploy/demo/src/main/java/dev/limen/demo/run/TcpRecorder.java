package dev.limen.demo.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/**
 * Stands on the wire between the gateway and Limen, passes every byte on, and keeps a copy that can
 * be searched.
 *
 * <p>Plain bytes are enough: a CheckRequest is in HTTP/2 DATA frames, where nothing is compressed;
 * only frame headers lie between them. (HPACK packs header blocks, which over gRPC hold nothing of
 * the browser's.)
 *
 * <p>Invariant: what it did not keep it does not deny. Past {@link #LIMIT} bytes every search
 * fails.
 */
public final class TcpRecorder implements AutoCloseable {
  /** For all connections and both directions together. */
  static final int LIMIT = 64 << 20;

  private static final Duration LAST_ACCEPT = Duration.ofSeconds(5);

  private final ServerSocket listener;
  private final Thread acceptor;
  private final int target;
  private final UnaryOperator<byte[]> fromTarget;
  private final int limit;
  private final List<Conversation> conversations = new CopyOnWriteArrayList<>();
  private long kept;

  /** Both directions of one connection. */
  private record Conversation(
      Socket near, Socket far, ByteArrayOutputStream toTarget, ByteArrayOutputStream fromTarget) {}

  private TcpRecorder(
      ServerSocket listener, int target, UnaryOperator<byte[]> fromTarget, int limit) {
    this.listener = listener;
    this.target = target;
    this.fromTarget = fromTarget;
    this.limit = limit;
    this.acceptor =
        Thread.ofVirtual().name("recorder-" + listener.getLocalPort()).start(this::accept);
  }

  /**
   * Listens on loopback.
   *
   * @param fromTarget what to make of each piece that comes back; pieces are as they were read, so
   *     this fits answers that are written at once. It must keep lengths, since frames around the
   *     bytes carry them. The identity, except where a judge is to be shown a broken Limen
   */
  public static TcpRecorder start(int port, int target, UnaryOperator<byte[]> fromTarget) {
    return start(port, target, fromTarget, LIMIT);
  }

  static TcpRecorder start(int port, int target, UnaryOperator<byte[]> fromTarget, int limit) {
    try {
      ServerSocket listener = new ServerSocket();
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 512);
      return new TcpRecorder(listener, target, fromTarget, limit);
    } catch (IOException busy) {
      throw new CannotRun("the recorder cannot listen on port " + port, busy);
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Whether these bytes went from the gateway to Limen. */
  public boolean sawRequest(String marker) {
    byte[] wanted = marker.getBytes(StandardCharsets.UTF_8);
    return conversations.stream().anyMatch(one -> contains(one.toTarget(), wanted));
  }

  /** Whether these bytes went from Limen to the gateway (before any change made here). */
  public boolean sawAnswer(String marker) {
    byte[] wanted = marker.getBytes(StandardCharsets.UTF_8);
    return conversations.stream().anyMatch(one -> contains(one.fromTarget(), wanted));
  }

  /** Bytes that went from the gateway to Limen. */
  public long requestBytes() {
    return conversations.stream().mapToLong(one -> one.toTarget().size()).sum();
  }

  private boolean contains(ByteArrayOutputStream recording, byte[] wanted) {
    synchronized (this) {
      if (kept > limit) {
        throw new IllegalStateException("the recording is full: limit=" + limit);
      }
    }
    return Bytes.indexOf(recording.toByteArray(), wanted) >= 0;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        open(listener.accept());
      } catch (IOException _) {
        // Closed, or this one connection failed: the gateway sees it as Limen being away.
      }
    }
  }

  private void open(Socket near) throws IOException {
    Socket far;
    try {
      far = new Socket(InetAddress.ofLiteral("127.0.0.1"), target);
    } catch (IOException away) {
      near.close();
      throw away;
    }
    near.setTcpNoDelay(true);
    far.setTcpNoDelay(true);
    Conversation opened =
        new Conversation(near, far, new ByteArrayOutputStream(), new ByteArrayOutputStream());
    conversations.add(opened);
    Thread.ofVirtual().start(() -> pump(near, far, opened.toTarget(), UnaryOperator.identity()));
    Thread.ofVirtual().start(() -> pump(far, near, opened.fromTarget(), fromTarget));
  }

  private void pump(
      Socket from, Socket to, ByteArrayOutputStream recording, UnaryOperator<byte[]> change) {
    byte[] buffer = new byte[64 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        byte[] piece = Arrays.copyOf(buffer, read);
        keep(recording, piece);
        out.write(change.apply(piece));
      }
      to.shutdownOutput();
      if (from.isOutputShutdown()) {
        closeQuietly(from);
        closeQuietly(to);
      }
    } catch (IOException _) {
      // One side is gone: so the other must see it.
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  private void keep(ByteArrayOutputStream recording, byte[] piece) {
    synchronized (this) {
      kept += piece.length;
      if (kept > limit) {
        return;
      }
    }
    recording.writeBytes(piece);
  }

  @Override
  public void close() {
    try {
      listener.close();
      // With a virtual thread in accept(), the port is free only once that thread has returned.
      acceptor.join(LAST_ACCEPT);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    for (Conversation one : conversations) {
      closeQuietly(one.near());
      closeQuietly(one.far());
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It was closed by the other side.
    }
  }
}
