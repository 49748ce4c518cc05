package dev.limen.extauthz;

import dev.limen.bytes.Span;
import dev.limen.extauthz.CheckRequestReader.Result;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a CheckRequest says, in a form in which the reader and its oracles can be compared: text is
 * one character a byte, what is missing is empty, and the map is in the order of its last entries.
 */
public record CheckRequestModel(
    Map<String, String> values, long size, int port, Map<String, String> map, List<Line> lines) {

  /** A header of {@code header_map}. */
  public record Line(String name, String value) {}

  /** Reads with the code under test; {@code null} is never an answer, a failure throws. */
  public static CheckRequestModel read(byte[] message) {
    Recorder recorder = new Recorder(message);
    Result result = new CheckRequestReader().read(message, 0, message.length, recorder);
    if (result != Result.OK) {
      throw new AssertionError("read answered " + result);
    }
    return recorder.model();
  }

  static Result resultOf(byte[] message) {
    return new CheckRequestReader().read(message, 0, message.length, new Recorder(message));
  }

  /** A field by its name in the proto file. */
  public String value(String name) {
    return values.getOrDefault(name, "");
  }

  /** The headers that count: the lines if there are any. */
  Object headers() {
    return lines.isEmpty() ? map : lines;
  }

  static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Puts what is not empty. */
  static void put(Map<String, String> values, String name, String value) {
    if (!value.isEmpty()) {
      values.put(name, value);
    }
  }

  /** Puts an entry where the last of its name stands. */
  static void putLast(Map<String, String> map, String name, String value) {
    map.remove(name);
    map.put(name, value);
  }

  /** A sink that writes down all it hears. */
  static final class Recorder implements CheckRequestSink {
    private final byte[] bytes;
    private final Map<String, String> values = new HashMap<>();
    private final Map<String, String> map = new LinkedHashMap<>();
    private final List<Line> lines = new ArrayList<>();
    private long size;
    private int port;

    Recorder(byte[] bytes) {
      this.bytes = bytes;
    }

    CheckRequestModel model() {
      return new CheckRequestModel(values, size, port, map, lines);
    }

    private String text(long span) {
      return new String(bytes, Span.start(span), Span.length(span), StandardCharsets.ISO_8859_1);
    }

    @Override
    public boolean onMapHeader(long name, long value) {
      putLast(map, text(name), text(value));
      return true;
    }

    @Override
    public boolean onRawHeader(long name, long value) {
      lines.add(new Line(text(name), text(value)));
      return true;
    }

    @Override
    public void onId(long id) {
      put(values, "id", text(id));
    }

    @Override
    public void onMethod(long method) {
      put(values, "method", text(method));
    }

    @Override
    public void onPath(long path) {
      put(values, "path", text(path));
    }

    @Override
    public void onHost(long host) {
      put(values, "host", text(host));
    }

    @Override
    public void onScheme(long scheme) {
      put(values, "scheme", text(scheme));
    }

    @Override
    public void onProtocol(long protocol) {
      put(values, "protocol", text(protocol));
    }

    @Override
    public void onSize(long count) {
      size = count;
    }

    @Override
    public void onSource(long address, int number) {
      put(values, "source", text(address));
      port = number;
    }
  }
}
