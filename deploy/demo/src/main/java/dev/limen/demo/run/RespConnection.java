package dev.limen.demo.run;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks Redis in its own protocol (RESP2), sharing no code with what it judges.
 *
 * <p>Strings are read as ISO 8859-1: each char is one byte, so values can be searched as they lie.
 */
public final class RespConnection implements AutoCloseable {
  private static final int LONGEST_VALUE = 64 << 20;
  private static final int LONGEST_LINE = 64 << 10;

  private final Socket socket;
  private final DataInputStream in;

  private RespConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  public static RespConnection open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port);
    socket.setSoTimeout(5_000);
    return new RespConnection(socket);
  }

  /** A {@code String}, a {@code Long}, a {@code List} of these, or null. */
  public @Nullable Object command(String... words) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(ascii("*" + words.length + "\r\n"));
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.ISO_8859_1);
      request.writeBytes(ascii("$" + bytes.length + "\r\n"));
      request.writeBytes(bytes);
      request.writeBytes(ascii("\r\n"));
    }
    socket.getOutputStream().write(request.toByteArray());
    return readReply();
  }

  /** The same for commands that answer with a list. */
  public List<String> list(String... words) throws IOException {
    List<String> strings = new ArrayList<>();
    flatten(command(words), strings);
    return strings;
  }

  private static void flatten(@Nullable Object reply, List<String> into) {
    if (reply instanceof List<?> many) {
      for (Object one : many) {
        flatten(one, into);
      }
    } else if (reply != null) {
      into.add(reply.toString());
    }
  }

  private @Nullable Object readReply() throws IOException {
    String line = readLine();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> rest;
      case ':' -> Long.valueOf(rest);
      case '$' -> readBulk(Integer.parseInt(rest));
      case '*' -> readArray(Integer.parseInt(rest));
      case '-' -> throw new IOException("Redis: " + rest);
      default -> throw new IOException("not a RESP2 reply: type=" + line.charAt(0));
    };
  }

  private @Nullable String readBulk(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    if (length > LONGEST_VALUE) {
      throw new IOException("a value too long to read: length=" + length);
    }
    byte[] value = in.readNBytes(length);
    if (value.length < length || in.read() != '\r' || in.read() != '\n') {
      throw new EOFException("the connection ended inside a value");
    }
    return new String(value, StandardCharsets.ISO_8859_1);
  }

  private List<@Nullable Object> readArray(int count) throws IOException {
    List<@Nullable Object> elements = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      elements.add(readReply());
    }
    return elements;
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\r'; next = in.read()) {
      if (next < 0 || line.length() >= LONGEST_LINE) {
        throw new EOFException("the connection ended inside a line");
      }
      line.append((char) next);
    }
    if (in.read() != '\n' || line.isEmpty()) {
      throw new IOException("not a RESP2 line");
    }
    return line.toString();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
