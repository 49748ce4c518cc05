package dev.limen.faults;

import dev.limen.demo.http.Reply;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Asks one replica by HTTP ext_authz, over one connection that is kept as a gateway keeps it.
 *
 * <p>Invariant: one request at a time; after any trouble the connection is a new one. For one
 * thread.
 */
final class CheckWire implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int READ_MILLIS = 20_000;
  private static final int LOOK_MILLIS = 1;
  private static final int LONGEST_BODY = 1 << 20;

  private final Replica replica;
  private @Nullable Socket socket;
  private @Nullable InputStream in;

  CheckWire(Replica replica) {
    this.replica = replica;
  }

  /** A script's GET of /orders with this session cookie; empty for none. */
  Reply check(String cookie) throws IOException {
    return ask("/limen/check/orders", cookie.isEmpty() ? "" : "cookie: __Host-limen=" + cookie);
  }

  /** The same with a name for the question, which stands in the log of whoever answers. */
  Reply check(String cookie, String id) throws IOException {
    return ask("/limen/check/orders", "x-request-id: " + id + "\r\ncookie: __Host-limen=" + cookie);
  }

  /** Any GET with more header lines; empty for none. */
  Reply ask(String target, String line) throws IOException {
    try {
      String head =
          "GET "
              + target
              + " HTTP/1.1\r\nhost: "
              + Fleet.SERVICES
              + "\r\nx-forwarded-proto: http\r\naccept: application/json\r\n"
              + (line.isEmpty() ? "" : line + "\r\n")
              + "\r\n";
      InputStream answers = connected();
      Objects.requireNonNull(socket)
          .getOutputStream()
          .write(head.getBytes(StandardCharsets.ISO_8859_1));
      return read(answers);
    } catch (IOException | RuntimeException failed) {
      close();
      throw failed;
    }
  }

  private InputStream connected() throws IOException {
    InputStream open = in;
    if (open != null && isThere(open)) {
      return open;
    }
    close();
    Socket made = new Socket();
    socket = made;
    made.connect(
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), replica.gate.port()),
        CONNECT_MILLIS);
    made.setTcpNoDelay(true);
    made.setSoTimeout(READ_MILLIS);
    open = new BufferedInputStream(made.getInputStream());
    in = open;
    return open;
  }

  /** Whether the other side has not hung up: a gateway sees that, and asks on another one. */
  private boolean isThere(InputStream open) {
    try {
      Objects.requireNonNull(socket).setSoTimeout(LOOK_MILLIS);
      // Whatever comes unasked is no answer.
      int _ = open.read();
      return false;
    } catch (SocketTimeoutException _) {
      return isPatient();
    } catch (IOException _) {
      return false;
    }
  }

  private boolean isPatient() {
    try {
      Objects.requireNonNull(socket).setSoTimeout(READ_MILLIS);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private Reply read(InputStream answers) throws IOException {
    String[] statusLine = line(answers).split(" ", 3);
    List<Reply.Header> headers = new ArrayList<>();
    for (String line = line(answers); !line.isEmpty(); line = line(answers)) {
      int colon = line.indexOf(':');
      headers.add(
          new Reply.Header(
              line.substring(0, colon).toLowerCase(Locale.ROOT),
              line.substring(colon + 1).strip()));
    }
    Reply head = new Reply(Integer.parseInt(statusLine[1]), headers, new byte[0]);
    String length = head.header("content-length");
    int bytes = length == null ? 0 : Math.min(LONGEST_BODY, Integer.parseInt(length));
    byte[] body = answers.readNBytes(bytes);
    if (body.length < bytes) {
      throw new EOFException("the connection ended inside a body");
    }
    if ("close".equalsIgnoreCase(head.header("connection"))) {
      close();
    }
    return new Reply(head.status(), headers, body);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the connection ended");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    Socket open = socket;
    socket = null;
    in = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException _) {
      // It was closed by the other side.
    }
  }
}
