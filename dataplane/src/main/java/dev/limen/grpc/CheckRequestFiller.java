package dev.limen.grpc;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.extauthz.CheckRequestReader;
import dev.limen.extauthz.CheckRequestSink;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes a check out of the bytes of Envoy's {@code CheckRequest}: the same array, with spans.
 *
 * <p>Invariant: what the check holds is what counts by the wire's own rules: of a map's equal keys
 * the last, of a list every line, and the list alone where a message holds both; names in lower
 * case; no pseudo-header, since method, path, host and scheme have fields of their own, which win
 * (attribute_context.proto).
 *
 * <p>One for each connection, since its arrays are used again. Not safe for several threads.
 */
final class CheckRequestFiller {
  private final CheckRequestReader reader = new CheckRequestReader();
  private final Fields fields = new Fields();
  private CheckRequestReader.Result result = CheckRequestReader.Result.OK;

  /**
   * Reads {@code message}, which is the check's own from now on; null when it cannot be a check,
   * and {@link #result} says why.
   */
  @Nullable CheckRequest fill(byte[] message, long deadlineNanos) {
    fields.reset(message);
    result = reader.read(message, 0, message.length, fields);
    CheckRequest request =
        result == CheckRequestReader.Result.OK ? fields.toRequest(deadlineNanos) : null;
    fields.reset(Fields.NOTHING);
    return request;
  }

  /** What became of the last message. */
  CheckRequestReader.Result result() {
    return result;
  }

  /** Keeps what the reader finds, until the message is known to be whole. */
  private static final class Fields implements CheckRequestSink {
    private static final byte[] NOTHING = {};
    private static final int INITIAL_CAPACITY = 64;

    private byte[] bytes = NOTHING;
    private long[] names = new long[INITIAL_CAPACITY];
    private long[] values = new long[INITIAL_CAPACITY];
    private int count;
    private boolean areLines;
    private long method;
    private long scheme;
    private long host;
    private long path;

    void reset(byte[] message) {
      bytes = message;
      count = 0;
      areLines = false;
      method = Span.ABSENT;
      scheme = Span.ABSENT;
      host = Span.ABSENT;
      path = Span.ABSENT;
    }

    CheckRequest toRequest(long deadlineNanos) {
      CheckRequest.Target target = new CheckRequest.Target(method, scheme, host, path);
      CheckRequest request = new CheckRequest(bytes, target, deadlineNanos);
      for (int i = 0; i < count; i++) {
        lowerCase(names[i]);
      }
      for (int i = 0; i < count; i++) {
        if (!isPseudo(names[i]) && (areLines || !isReplaced(i))) {
          request.addHeader(names[i], values[i]);
        }
      }
      return request;
    }

    @Override
    public boolean onMapHeader(long name, long value) {
      return areLines || add(name, value);
    }

    @Override
    public boolean onRawHeader(long name, long value) {
      if (!areLines) {
        areLines = true;
        count = 0;
      }
      return add(name, value);
    }

    @Override
    public void onMethod(long span) {
      method = span;
    }

    @Override
    public void onPath(long span) {
      path = span;
    }

    @Override
    public void onHost(long span) {
      host = span;
    }

    @Override
    public void onScheme(long span) {
      scheme = span;
    }

    // Nothing is decided by what follows.

    @Override
    public void onId(long span) {}

    @Override
    public void onProtocol(long span) {}

    @Override
    public void onSize(long size) {}

    @Override
    public void onSource(long address, int port) {}

    private boolean add(long name, long value) {
      if (count == CheckRequest.MAX_HEADERS) {
        return false;
      }
      if (count == names.length) {
        names = Arrays.copyOf(names, count * 2);
        values = Arrays.copyOf(values, count * 2);
      }
      names[count] = name;
      values[count] = value;
      count++;
      return true;
    }

    private void lowerCase(long span) {
      for (int i = Span.start(span); i < Span.end(span); i++) {
        bytes[i] = AsciiWord.lowerCase(bytes[i]);
      }
    }

    /** A header without a name is none; Envoy has pseudo-headers among the others. */
    private boolean isPseudo(long name) {
      return Span.length(name) == 0 || bytes[Span.start(name)] == ':';
    }

    private boolean isReplaced(int index) {
      long name = names[index];
      for (int i = index + 1; i < count; i++) {
        if (isSame(name, names[i])) {
          return true;
        }
      }
      return false;
    }

    private boolean isSame(long a, long b) {
      return Span.length(a) == Span.length(b)
          && Arrays.equals(bytes, Span.start(a), Span.end(a), bytes, Span.start(b), Span.end(b));
    }
  }
}
