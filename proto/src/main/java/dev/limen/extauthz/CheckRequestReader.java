package dev.limen.extauthz;

import static dev.limen.extauthz.WireCursor.LENGTH_DELIMITED;
import static dev.limen.extauthz.WireCursor.VARINT;

import dev.limen.bytes.Span;
import java.util.Arrays;
import java.util.Objects;

/**
 * Reads an {@code envoy.service.auth.v3.CheckRequest} from bytes in one pass, building nothing.
 *
 * <p>Invariant: {@code read} looks at each byte once, never throws on what the bytes say, and
 * answers {@code OK} for exactly those messages that a protobuf parser accepts, with the values
 * that it would find, but for three things: bytes that are no UTF-8 are taken as they are, messages
 * that Limen has no use for are skipped unread, and there are limits.
 *
 * <pre>
 *   CheckRequest
 *     1 attributes
 *         1 source
 *             1 address
 *                 1 socket_address          2 address, 3 port_value (or 4 named_port)
 *                 2 pipe, 3 envoy_internal_address
 *         4 request
 *             2 http                        1 id, 2 method, 4 path, 5 host, 6 scheme,
 *                 3 headers, a map entry:   1 key, 2 value
 *                 13 header_map                            9 size, 10 protocol
 *                     1 headers:            1 key, 2 value, 3 raw_value
 * </pre>
 *
 * <p>Source: Envoy's external_auth.proto, attribute_context.proto, base.proto, address.proto; of a
 * repeated value the last counts, repeated messages are merged, a field of another wire type than
 * its own is an unknown one (protobuf encoding specification). An empty message is a legal one: it
 * is {@code OK} and says nothing, so whoever asks for the method or the host finds none.
 *
 * <p>Reusable; not safe for several threads.
 */
public final class CheckRequestReader {
  /** What became of a message. */
  public enum Result {
    /** The message is whole, and the sink has all of it. */
    OK,
    /** These bytes are no CheckRequest. */
    MALFORMED,
    /** The message is longer than {@link #MAX_BYTES}; it was not looked at. */
    TOO_LARGE,
    /** The sink had no room for another header. */
    TOO_MANY_HEADERS
  }

  /** The longest message that is read: 60 KiB of headers are Envoy's default, bodies stay there. */
  public static final int MAX_BYTES = 256 * 1024;

  /** The messages that are entered; all others are skipped by their length. */
  private enum Message {
    CHECK_REQUEST,
    ATTRIBUTES,
    PEER,
    ADDRESS,
    SOCKET_ADDRESS,
    REQUEST,
    HTTP,
    MAP_ENTRY,
    HEADER_MAP,
    HEADER_VALUE
  }

  private static final int ATTRIBUTES = 1 << 3 | LENGTH_DELIMITED;
  private static final int SOURCE = 1 << 3 | LENGTH_DELIMITED;
  private static final int REQUEST = 4 << 3 | LENGTH_DELIMITED;
  private static final int ADDRESS = 1 << 3 | LENGTH_DELIMITED;
  private static final int SOCKET_ADDRESS = 1 << 3 | LENGTH_DELIMITED;
  private static final int PIPE = 2 << 3 | LENGTH_DELIMITED;
  private static final int ENVOY_INTERNAL_ADDRESS = 3 << 3 | LENGTH_DELIMITED;
  private static final int SOCKET_ADDRESS_ADDRESS = 2 << 3 | LENGTH_DELIMITED;
  private static final int PORT_VALUE = 3 << 3 | VARINT;
  private static final int NAMED_PORT = 4 << 3 | LENGTH_DELIMITED;
  private static final int HTTP = 2 << 3 | LENGTH_DELIMITED;
  private static final int HTTP_ID = 1 << 3 | LENGTH_DELIMITED;
  private static final int HTTP_METHOD = 2 << 3 | LENGTH_DELIMITED;
  private static final int HTTP_HEADERS = 3 << 3 | LENGTH_DELIMITED;
  private static final int HTTP_PATH = 4 << 3 | LENGTH_DELIMITED;
  private static final int HTTP_HOST = 5 << 3 | LENGTH_DELIMITED;
  private static final int HTTP_SCHEME = 6 << 3 | LENGTH_DELIMITED;
  private static final int HTTP_SIZE = 9 << 3 | VARINT;
  private static final int HTTP_PROTOCOL = 10 << 3 | LENGTH_DELIMITED;
  private static final int HTTP_HEADER_MAP = 13 << 3 | LENGTH_DELIMITED;
  private static final int HEADER_MAP_HEADERS = 1 << 3 | LENGTH_DELIMITED;
  private static final int KEY = 1 << 3 | LENGTH_DELIMITED;
  private static final int VALUE = 2 << 3 | LENGTH_DELIMITED;
  private static final int RAW_VALUE = 3 << 3 | LENGTH_DELIMITED;

  /** A value that is kept until its message is whole: an index into {@link #kept}. */
  private static final int KEPT_ID = 0;

  private static final int KEPT_METHOD = 1;
  private static final int KEPT_PATH = 2;
  private static final int KEPT_HOST = 3;
  private static final int KEPT_SCHEME = 4;
  private static final int KEPT_PROTOCOL = 5;
  private static final int KEPT_SOURCE = 6;
  private static final int KEPT_NAME = 7;
  private static final int KEPT_VALUE = 8;
  private static final int KEPT_RAW_VALUE = 9;
  private static final int KEPT_COUNT = 10;

  private final WireCursor cursor = new WireCursor();
  private final long[] kept = new long[KEPT_COUNT];
  private final Message[] openMessages = new Message[Message.values().length];
  private final int[] outerLimits = new int[Message.values().length];
  private int depth;
  private long size;
  private int port;

  /**
   * Reads {@code length} bytes from {@code offset} on.
   *
   * @param sink takes what is found; unless the answer is {@code OK}, what it has means nothing
   */
  public Result read(byte[] bytes, int offset, int length, CheckRequestSink sink) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length > MAX_BYTES) {
      return Result.TOO_LARGE;
    }
    cursor.reset(bytes, Span.of(offset, offset + length));
    Arrays.fill(kept, Span.ABSENT);
    size = 0;
    port = 0;
    depth = 0;
    openMessages[0] = Message.CHECK_REQUEST;
    Result result = readMessages(sink);
    cursor.release();
    if (result == Result.OK) {
      report(sink);
    }
    return result;
  }

  private Result readMessages(CheckRequestSink sink) {
    while (true) {
      if (!cursor.atLimit()) {
        if (!readField()) {
          return Result.MALFORMED;
        }
      } else if (depth == 0) {
        return Result.OK;
      } else if (!leave(sink)) {
        return Result.TOO_MANY_HEADERS;
      }
    }
  }

  private boolean readField() {
    int tag = cursor.readTag();
    if (tag == WireCursor.NO_TAG) {
      return false;
    }
    return switch (openMessages[depth]) {
      case CHECK_REQUEST -> tag == ATTRIBUTES ? enter(Message.ATTRIBUTES) : skip(tag);
      case ATTRIBUTES -> readAttribute(tag);
      case PEER -> tag == ADDRESS ? enter(Message.ADDRESS) : skip(tag);
      case ADDRESS -> readAddress(tag);
      case SOCKET_ADDRESS -> readSocketAddress(tag);
      case REQUEST -> tag == HTTP ? enter(Message.HTTP) : skip(tag);
      case HTTP -> readHttp(tag);
      case MAP_ENTRY -> readMapEntry(tag);
      case HEADER_MAP -> tag == HEADER_MAP_HEADERS ? enterHeader(Message.HEADER_VALUE) : skip(tag);
      case HEADER_VALUE -> tag == RAW_VALUE ? keep(KEPT_RAW_VALUE) : readMapEntry(tag);
    };
  }

  private boolean readAttribute(int tag) {
    return switch (tag) {
      case SOURCE -> enter(Message.PEER);
      case REQUEST -> enter(Message.REQUEST);
      default -> skip(tag);
    };
  }

  /** {@code Address} is a {@code oneof}: another kind of address takes the place of a socket's. */
  private boolean readAddress(int tag) {
    return switch (tag) {
      case SOCKET_ADDRESS -> enter(Message.SOCKET_ADDRESS);
      case PIPE, ENVOY_INTERNAL_ADDRESS -> {
        kept[KEPT_SOURCE] = Span.ABSENT;
        port = 0;
        yield skip(tag);
      }
      default -> skip(tag);
    };
  }

  /** The port is a {@code oneof}: a named port takes the place of a number. */
  private boolean readSocketAddress(int tag) {
    return switch (tag) {
      case SOCKET_ADDRESS_ADDRESS -> keep(KEPT_SOURCE);
      case PORT_VALUE -> {
        boolean read = cursor.readVarint();
        port = (int) cursor.varint();
        yield read;
      }
      case NAMED_PORT -> {
        port = 0;
        yield skip(tag);
      }
      default -> skip(tag);
    };
  }

  private boolean readHttp(int tag) {
    return switch (tag) {
      case HTTP_HEADERS -> enterHeader(Message.MAP_ENTRY);
      case HTTP_HEADER_MAP -> enter(Message.HEADER_MAP);
      case HTTP_ID -> keep(KEPT_ID);
      case HTTP_METHOD -> keep(KEPT_METHOD);
      case HTTP_PATH -> keep(KEPT_PATH);
      case HTTP_HOST -> keep(KEPT_HOST);
      case HTTP_SCHEME -> keep(KEPT_SCHEME);
      case HTTP_PROTOCOL -> keep(KEPT_PROTOCOL);
      case HTTP_SIZE -> {
        boolean read = cursor.readVarint();
        size = cursor.varint();
        yield read;
      }
      default -> skip(tag);
    };
  }

  private boolean readMapEntry(int tag) {
    return switch (tag) {
      case KEY -> keep(KEPT_NAME);
      case VALUE -> keep(KEPT_VALUE);
      default -> skip(tag);
    };
  }

  private boolean keep(int index) {
    long span = cursor.readLengthDelimited();
    kept[index] = span;
    return Span.isPresent(span);
  }

  private boolean skip(int tag) {
    return cursor.skip(tag, depth);
  }

  private boolean enter(Message message) {
    long span = cursor.readLengthDelimited();
    if (!Span.isPresent(span)) {
      return false;
    }
    outerLimits[depth] = cursor.limit();
    depth++;
    openMessages[depth] = message;
    cursor.moveTo(Span.start(span));
    cursor.limitTo(Span.end(span));
    return true;
  }

  /** Enters a message that holds one header; a name or a value that it lacks is an empty one. */
  private boolean enterHeader(Message message) {
    if (!enter(message)) {
      return false;
    }
    long empty = Span.of(cursor.position(), cursor.position());
    kept[KEPT_NAME] = empty;
    kept[KEPT_VALUE] = empty;
    kept[KEPT_RAW_VALUE] = empty;
    return true;
  }

  /** Leaves a message that was read to its end; whether the sink had room for its header. */
  private boolean leave(CheckRequestSink sink) {
    Message message = openMessages[depth];
    depth--;
    cursor.limitTo(outerLimits[depth]);
    return switch (message) {
      case MAP_ENTRY -> sink.onMapHeader(kept[KEPT_NAME], kept[KEPT_VALUE]);
      case HEADER_VALUE -> {
        boolean raw = Span.length(kept[KEPT_RAW_VALUE]) > 0;
        yield sink.onRawHeader(kept[KEPT_NAME], kept[raw ? KEPT_RAW_VALUE : KEPT_VALUE]);
      }
      case CHECK_REQUEST, ATTRIBUTES, PEER, ADDRESS, SOCKET_ADDRESS, REQUEST, HTTP, HEADER_MAP ->
          true;
    };
  }

  private void report(CheckRequestSink sink) {
    sink.onSize(size);
    if (Span.isPresent(kept[KEPT_ID])) {
      sink.onId(kept[KEPT_ID]);
    }
    if (Span.isPresent(kept[KEPT_METHOD])) {
      sink.onMethod(kept[KEPT_METHOD]);
    }
    if (Span.isPresent(kept[KEPT_PATH])) {
      sink.onPath(kept[KEPT_PATH]);
    }
    if (Span.isPresent(kept[KEPT_HOST])) {
      sink.onHost(kept[KEPT_HOST]);
    }
    if (Span.isPresent(kept[KEPT_SCHEME])) {
      sink.onScheme(kept[KEPT_SCHEME]);
    }
    if (Span.isPresent(kept[KEPT_PROTOCOL])) {
      sink.onProtocol(kept[KEPT_PROTOCOL]);
    }
    if (Span.isPresent(kept[KEPT_SOURCE]) && Span.length(kept[KEPT_SOURCE]) > 0) {
      sink.onSource(kept[KEPT_SOURCE], port);
    }
  }
}
