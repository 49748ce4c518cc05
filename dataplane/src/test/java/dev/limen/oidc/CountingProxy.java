package dev.limen.oidc;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An HTTP proxy by hand, which keeps the head of every request that asks it for something.
 *
 * <p>Invariant: one request a connection in absolute form, or a tunnel (RFC 9112, section 3.2.2;
 * RFC 9110, section 9.3.6).
 */
final class CountingProxy implements AutoCloseable {
  private static final int MAX_HEAD = 16_384;

  private final ServerSocket socket;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> heads = new CopyOnWriteArrayList<>();

  /** What it says to everybody, instead of doing what it is asked; or empty. */
  volatile String refusal = "";

  CountingProxy() {
    try {
      socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    executor.execute(this::accept);
  }

  String address() {
    return "http://127.0.0.1:" + socket.getLocalPort();
  }

  /** The heads, in order. */
  List<String> heads() {
    return heads;
  }

  /** The request lines, in order. */
  List<String> lines() {
    return heads.stream().map(head -> head.substring(0, head.indexOf('\r'))).toList();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        executor.execute(() -> serve(client));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      String head = head(client.getInputStream());
      if (head.isEmpty()) {
        return;
      }
      heads.add(head);
      String[] words = head.split(" ", 3);
      if (!refusal.isEmpty()) {
        write(client.getOutputStream(), "HTTP/1.1 " + refusal + "\r\ncontent-length: 0\r\n\r\n");
      } else if (words[0].equals("CONNECT")) {
        tunnel(client, words[1]);
      } else {
        forward(client, URI.create(words[1]), head);
      }
    } catch (IOException _) {
      // One of the two has gone.
    }
  }

  private void tunnel(Socket client, String authority) throws IOException {
    int colon = authority.lastIndexOf(':');
    int port = Integer.parseInt(authority.substring(colon + 1));
    try (Socket server = new Socket(authority.substring(0, colon), port)) {
      write(client.getOutputStream(), "HTTP/1.1 200 OK\r\n\r\n");
      executor.execute(() -> copy(client, server));
      server.getInputStream().transferTo(client.getOutputStream());
    }
  }

  private void forward(Socket client, URI uri, String head) throws IOException {
    try (Socket server = new Socket(uri.getHost(), uri.getPort())) {
      String origin = uri.getScheme() + "://" + uri.getRawAuthority();
      write(server.getOutputStream(), closing(head.replaceFirst(" " + origin, " ")));
      executor.execute(() -> copy(client, server));
      write(client.getOutputStream(), closing(head(server.getInputStream())));
      server.getInputStream().transferTo(client.getOutputStream());
    }
  }

  /** Said to both sides, so that neither sends another request on a connection that goes. */
  private static String closing(String head) {
    return head.replaceFirst("\r\n", "\r\nconnection: close\r\n");
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException _) {
      // The other direction notices.
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    String text = "";
    while (!text.endsWith("\r\n\r\n") && head.size() < MAX_HEAD) {
      int b = in.read();
      if (b < 0) {
        return "";
      }
      head.write(b);
      text = b == '\n' ? head.toString(StandardCharsets.ISO_8859_1) : "";
    }
    return text;
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    executor.shutdownNow();
  }
}
