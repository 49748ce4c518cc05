package dev.limen.http;

import dev.limen.check.CheckRequest;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ByteProcessor;

/**
 * Reads the head of a request before anybody acts on it, and refuses what two readers could read in
 * two ways: what other readers forgive (folded lines, spare blanks) is no request here.
 *
 * <pre>
 *   HTTP-message = request-line CRLF *( field-line CRLF ) CRLF [ body ]     RFC 9112, section 2.1
 *   request-line = method SP request-target SP HTTP-version                 section 3
 *   field-line   = field-name ":" OWS field-value OWS                       section 5
 *
 *   START --tchar--> METHOD --SP--> TARGET --SP--> VERSION --CR--> LINE_LF --LF--> LINE_START
 *     | CR, LF: blank lines before a request are skipped (section 2.2)               |    |
 *     +--> BLANK_LF                                    LINE_LF <--CR-- VALUE <--:-- NAME  CR
 *                                                                                         |
 *   any byte that stands in no arrow: REFUSED                       DONE <--LF-- END_LF <-+
 * </pre>
 *
 * <p>Invariant: {@link State#DONE} is reached at the last byte of a head and at no other; a bare CR
 * or LF, a control byte, a folded line (section 5.2), a blank before a colon (section 5.1) are
 * refused. Looks at each byte once, however they arrive. Confined to its event loop.
 */
final class HeadGuard implements ByteProcessor {
  /**
   * The whole head: from the first byte of the method to the LF that ends the blank line, line ends
   * included. The first byte beyond is 414 if it belongs to the target, else 431. Envoy passes on
   * 60 KiB of head by default.
   */
  static final int MAX_HEAD_BYTES = 64 * 1024;

  /** The longest method; the longest registered one has 17 letters. */
  static final int MAX_METHOD_BYTES = 32;

  /** Blank bytes before a request line. */
  static final int MAX_BLANK_BYTES = 16;

  private static final String VERSION = "HTTP/1.";
  private static final int NAME_BYTES = "HTTP/".length();
  private static final int DELETE = 0x7f;
  private static final HttpResponseStatus BAD_REQUEST = HttpResponseStatus.BAD_REQUEST;
  private static final HttpResponseStatus VERSION_NOT_SUPPORTED =
      HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED;
  private static final HttpResponseStatus TARGET_TOO_LONG = HttpResponseStatus.REQUEST_URI_TOO_LONG;
  private static final HttpResponseStatus FIELDS_TOO_LARGE =
      HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;

  /** Where in the head the next byte stands. */
  enum State {
    /** Before the request line. */
    START,
    /** After the CR of a blank line before the request line. */
    BLANK_LF,
    /** In the method. */
    METHOD,
    /** In the request-target. */
    TARGET,
    /** In {@code HTTP/1.1}. */
    VERSION,
    /** After the CR of the request line or of a field line. */
    LINE_LF,
    /** At the first byte of a field line, or of the blank line that ends the head. */
    LINE_START,
    /** In a field name. */
    NAME,
    /** In a field value, blanks around it included. */
    VALUE,
    /** After the CR of the blank line. */
    END_LF,
    /** The head is whole and can be read in one way only. */
    DONE,
    /** {@link #refusal} says with which status. */
    REFUSED
  }

  private State state = State.START;
  private HttpResponseStatus refusal = BAD_REQUEST;
  private int scanned;
  private int blankBytes;
  private int wordBytes;
  private int headBytes;
  private int fieldCount;

  /** Takes the head that is {@link State#DONE} out of {@code in}; the next byte begins another. */
  RequestHead takeHead(ByteBuf in) {
    assert state == State.DONE : "state=" + state;
    int start = in.readerIndex() + scanned - headBytes;
    RequestHead head = RequestHead.of(in, start, headBytes, fieldCount);
    in.skipBytes(scanned);
    reset();
    return head;
  }

  private void reset() {
    state = State.START;
    scanned = 0;
    blankBytes = 0;
    wordBytes = 0;
    headBytes = 0;
    fieldCount = 0;
  }

  /** Reads what is new in {@code in}, from the same reader index as before; moves no index. */
  State read(ByteBuf in) {
    int from = in.readerIndex() + scanned;
    int stopped = in.forEachByte(from, in.writerIndex() - from, this);
    int next = stopped < 0 ? in.writerIndex() : stopped + 1;
    scanned = next - in.readerIndex();
    return state;
  }

  /** Whether some of a head was read, and not all of it. */
  boolean isUnderWay() {
    return state != State.START && state != State.DONE && state != State.REFUSED;
  }

  /** How the refused head is to be answered. */
  HttpResponseStatus refusal() {
    return refusal;
  }

  @Override
  public boolean process(byte value) {
    State next = next(value & 0xff);
    if (next != State.START && next != State.BLANK_LF) {
      headBytes++;
    }
    if (headBytes > MAX_HEAD_BYTES && next != State.REFUSED) {
      next = refuse(next == State.TARGET ? TARGET_TOO_LONG : FIELDS_TOO_LARGE);
    }
    state = next;
    return state != State.DONE && state != State.REFUSED;
  }

  private State next(int octet) {
    return switch (state) {
      case START -> inBlank(octet);
      case BLANK_LF -> octet == '\n' ? State.START : refuse(BAD_REQUEST);
      case METHOD -> inMethod(octet);
      case TARGET -> inTarget(octet);
      case VERSION -> inVersion(octet);
      case LINE_LF -> octet == '\n' ? word(State.LINE_START) : refuse(BAD_REQUEST);
      case LINE_START -> atLineStart(octet);
      case NAME -> inName(octet);
      case VALUE -> inValue(octet);
      case END_LF -> octet == '\n' ? State.DONE : refuse(BAD_REQUEST);
      case DONE, REFUSED -> throw new IllegalStateException("state=" + state);
    };
  }

  private State inBlank(int octet) {
    if (octet == '\r') {
      blankBytes += 2;
      return blankBytes <= MAX_BLANK_BYTES ? State.BLANK_LF : refuse(BAD_REQUEST);
    }
    word(State.METHOD);
    return inMethod(octet);
  }

  private State inMethod(int octet) {
    if (octet == ' ') {
      return wordBytes > 0 ? word(State.TARGET) : refuse(BAD_REQUEST);
    }
    wordBytes++;
    return isTokenByte(octet) && wordBytes <= MAX_METHOD_BYTES ? State.METHOD : refuse(BAD_REQUEST);
  }

  /** Visible ASCII alone; a fragment is never sent (RFC 9112, section 3.2). */
  private State inTarget(int octet) {
    if (octet == ' ') {
      return wordBytes > 0 ? word(State.VERSION) : refuse(BAD_REQUEST);
    }
    wordBytes++;
    return octet > ' ' && octet < DELETE && octet != '#' ? State.TARGET : refuse(BAD_REQUEST);
  }

  private State inVersion(int octet) {
    int index = wordBytes;
    wordBytes++;
    if (index < VERSION.length()) {
      boolean isHttp = index >= NAME_BYTES;
      return octet == VERSION.charAt(index)
          ? State.VERSION
          : refuse(isHttp ? VERSION_NOT_SUPPORTED : BAD_REQUEST);
    }
    if (index == VERSION.length()) {
      return octet == '0' || octet == '1' ? State.VERSION : refuse(VERSION_NOT_SUPPORTED);
    }
    return octet == '\r' ? State.LINE_LF : refuse(BAD_REQUEST);
  }

  private State atLineStart(int octet) {
    if (octet == '\r') {
      return State.END_LF;
    }
    fieldCount++;
    return fieldCount <= CheckRequest.MAX_HEADERS && isTokenByte(octet)
        ? State.NAME
        : refuse(fieldCount > CheckRequest.MAX_HEADERS ? FIELDS_TOO_LARGE : BAD_REQUEST);
  }

  private State inName(int octet) {
    if (octet == ':') {
      return State.VALUE;
    }
    return isTokenByte(octet) ? State.NAME : refuse(BAD_REQUEST);
  }

  private State inValue(int octet) {
    if (octet == '\r') {
      return State.LINE_LF;
    }
    boolean blankOrVisible = octet == '\t' || (octet >= ' ' && octet != DELETE);
    return blankOrVisible ? State.VALUE : refuse(BAD_REQUEST);
  }

  private State word(State next) {
    wordBytes = 0;
    return next;
  }

  private State refuse(HttpResponseStatus status) {
    refusal = status;
    return State.REFUSED;
  }

  private static boolean isTokenByte(int octet) {
    return (octet >= 'a' && octet <= 'z')
        || (octet >= 'A' && octet <= 'Z')
        || (octet >= '0' && octet <= '9')
        || "!#$%&'*+-.^_`|~".indexOf(octet) >= 0;
  }
}
