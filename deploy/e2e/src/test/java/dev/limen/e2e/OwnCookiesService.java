package dev.limen.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A service that sets two cookies of its own, and switches protocols for whoever asks for that.
 *
 * <p>Invariant: one answer a connection, which it then ends; its port is any that is free.
 */
final class OwnCookiesService implements AutoCloseable {
  private static final String OK =
      """
      HTTP/1.1 200 OK\r
      set-cookie: a=1\r
      set-cookie: b=2\r
      content-length: 0\r
      connection: close\r
      \r
      """;
  private static final String SWITCHED =
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";

  private final ServerSocket listener;

  OwnCookiesService() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().name("own-cookies").start(this::serve);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void serve() {
    while (!listener.isClosed()) {
      try (Socket socket = listener.accept()) {
        boolean upgrade = false;
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.isEmpty()) {
            String answer = upgrade ? SWITCHED : OK;
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            break;
          }
          upgrade |= line.toLowerCase(Locale.ROOT).startsWith("upgrade: websocket");
        }
      } catch (IOException _) {
        // Closed, or a client that went away.
      }
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
