package dev.limen.demo.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.SocketFactory;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One request, one answer, one connection (RFC 9112), always to loopback whatever the authority
 * says: {@code localhost} may also mean {@code ::1}, where nobody listens.
 *
 * <p>Written here, since the JDK's client joins headers, follows its own rules about {@code host},
 * and hides what the judge must see.
 */
public final class HttpWire {
  private static final int READ_MILLIS = 65_000;
  private static final int LONGEST_LINE = 128 << 10;
  private static final int MOST_HEADERS = 200;
  private static final int LARGEST_BODY = 32 << 20;

  private final int port;
  private final @Nullable SSLSocketFactory tls;

  /**
   * A wire to this port.
   *
   * @param tls null for plain http
   */
  public HttpWire(int port, @Nullable SSLSocketFactory tls) {
    this.port = port;
    this.tls = tls;
  }

  public Reply send(Request request) throws IOException {
    try (Socket socket = connect(request.authority())) {
      socket.setSoTimeout(READ_MILLIS);
      OutputStream out = socket.getOutputStream();
      out.write(request.headBytes());
      out.write(request.body());
      out.flush();
      return read(new BufferedInputStream(socket.getInputStream()), request.method());
    }
  }

  private Socket connect(String authority) throws IOException {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    if (tls == null) {
      return SocketFactory.getDefault().createSocket(loopback, port);
    }
    Socket plain = new Socket(loopback, port);
    String host = authority.split(":", 2)[0];
    SSLSocket socket = (SSLSocket) tls.createSocket(plain, host, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  static Reply read(InputStream in, String method) throws IOException {
    String statusLine = readLine(in);
    String[] parts = statusLine.split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.")) {
      throw new IOException("not an HTTP/1 status line");
    }
    int status = Integer.parseInt(parts[1]);
    List<Reply.Header> headers = readHeaders(in);
    if (status == 100) {
      return read(in, method);
    }
    Reply head = new Reply(status, headers, new byte[0]);
    boolean bodiless = status == 204 || status == 304 || method.equals("HEAD");
    return bodiless ? head : new Reply(status, headers, readBody(in, head));
  }

  private static List<Reply.Header> readHeaders(InputStream in) throws IOException {
    List<Reply.Header> headers = new ArrayList<>();
    for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
      int colon = line.indexOf(':');
      if (colon < 1 || headers.size() >= MOST_HEADERS) {
        throw new IOException("not a header line, or too many: count=" + headers.size());
      }
      headers.add(
          new Reply.Header(
              line.substring(0, colon).toLowerCase(Locale.ROOT),
              line.substring(colon + 1).strip()));
    }
    return headers;
  }

  private static byte[] readBody(InputStream in, Reply head) throws IOException {
    if ("chunked".equalsIgnoreCase(head.header("transfer-encoding"))) {
      return readChunks(in);
    }
    String length = head.header("content-length");
    if (length == null) {
      return in.readNBytes(LARGEST_BODY);
    }
    byte[] body = in.readNBytes(bounded(Integer.parseInt(length)));
    if (body.length < Integer.parseInt(length)) {
      throw new EOFException("the connection ended inside a body");
    }
    return body;
  }

  private static byte[] readChunks(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String size = readLine(in).split(";", 2)[0].strip();
      int length = bounded(Integer.parseInt(size, 16));
      byte[] chunk = in.readNBytes(length);
      if (chunk.length < length) {
        throw new EOFException("the connection ended inside a chunk");
      }
      body.writeBytes(chunk);
      bounded(body.size());
      readLine(in);
      if (length == 0) {
        return body.toByteArray();
      }
    }
  }

  private static int bounded(int length) throws IOException {
    if (length < 0 || length > LARGEST_BODY) {
      throw new IOException("a body too long to read: length=" + length);
    }
    return length;
  }

  private static String readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.size() >= LONGEST_LINE) {
        throw new EOFException("the connection ended inside a line");
      }
      if (next != '\r') {
        line.write(next);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}
