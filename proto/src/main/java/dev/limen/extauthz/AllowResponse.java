package dev.limen.extauthz;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.ByteWriter;
import dev.limen.bytes.Span;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * An allow, encoded once for a session; what differs from request to request is the cookie alone.
 *
 * <p>Invariant: what is written always holds {@code status} and {@code ok_response}, so it is never
 * the empty message; each header overwrites what the client sent under its name; no name is set
 * twice, or set and removed (Envoy removes last). Immutable; safe for all threads.
 *
 * <pre>
 *   0A 00                                        status, code 0
 *   1A length                                    ok_response
 *        (12 length header 12 00 18 02)*         headers, overwriting
 *        (2A length name)*                       headers_to_remove
 *        (32 length header)*                     response_headers_to_add
 *        12 length cookie 12 00 18 02            the rest of the client's cookies, or
 *        2A 06 "cookie"                          the removal of them
 * </pre>
 *
 * <p>Source: Envoy's external_auth.proto; fields may stand in any order (protobuf encoding
 * specification).
 */
public final class AllowResponse {
  private static final String COOKIE = "cookie";
  private static final byte[] COOKIE_KEY = encodedCookieKey();
  private static final byte[] COOKIE_REMOVAL = encodedCookieRemoval();
  private static final byte[] OVERWRITE = encodedOverwrite();
  private static final byte[] STATUS_OK = {CheckResponseFields.STATUS << 3 | 2, 0};

  private final byte[] fields;
  private final boolean mentionsCookie;

  private AllowResponse(byte[] fields, boolean mentionsCookie) {
    this.fields = fields;
    this.mentionsCookie = mentionsCookie;
  }

  /**
   * An allow that changes the request's headers, and the response's.
   *
   * @param set go upstream instead of what the client sent under their names
   * @param remove do not go upstream
   * @param responseHeaders are added to what the upstream answers
   * @throws IllegalArgumentException if a name is set twice, removed twice, or both, or may not be
   *     touched at all
   */
  public static AllowResponse of(
      List<HeaderField> set, List<String> remove, List<HeaderField> responseHeaders) {
    Set<String> names = new HashSet<>();
    ByteWriter out = new ByteWriter(CheckResponseFields.MAX_BYTES);
    for (HeaderField header : set) {
      checkNotNamedBefore(names, header.name());
      CheckResponseFields.writeOverwriting(out, CheckResponseFields.OK_HEADERS, header);
    }
    for (String name : remove) {
      HeaderField.checkName(name);
      checkNotNamedBefore(names, name);
      out.writeField(CheckResponseFields.OK_HEADERS_TO_REMOVE, name);
    }
    for (HeaderField header : responseHeaders) {
      CheckResponseFields.writeAdding(out, CheckResponseFields.OK_RESPONSE_HEADERS_TO_ADD, header);
    }
    AllowResponse response = new AllowResponse(out.toByteArray(), names.contains(COOKIE));
    out.clear();
    return response;
  }

  /** Writes the allow; the client's cookies go upstream as they came. */
  public void write(ByteWriter out) {
    writeStart(out, 0);
  }

  /** Writes the allow; no cookie goes upstream. */
  public void writeRemovingCookie(ByteWriter out) {
    checkCookieIsFree();
    writeStart(out, COOKIE_REMOVAL.length);
    out.write(COOKIE_REMOVAL);
  }

  /**
   * Writes the allow; of the client's cookies only {@code cookies} go upstream. A byte in it that
   * may not stand in a header or in a protobuf string becomes {@code !}, as it does in Envoy.
   *
   * @param cookies a span of {@code bytes}, in the form of a {@code Cookie} field value
   */
  public void writeSettingCookie(ByteWriter out, byte[] bytes, long cookies) {
    checkCookieIsFree();
    int length = Span.length(cookies);
    int headerLength = COOKIE_KEY.length + prefixLength(length) + length;
    int optionLength = prefixLength(headerLength) + headerLength + OVERWRITE.length;
    writeStart(out, prefixLength(optionLength) + optionLength);
    writePrefix(out, CheckResponseFields.OK_HEADERS, optionLength);
    writePrefix(out, CheckResponseFields.OPTION_HEADER, headerLength);
    out.write(COOKIE_KEY);
    writePrefix(out, CheckResponseFields.HEADER_VALUE, length);
    int start = out.length();
    out.write(bytes, cookies);
    FieldValue.sanitize(out.array(), start, out.length());
    out.write(OVERWRITE);
  }

  /** The allow as {@link #write} writes it. */
  public byte[] toByteArray() {
    ByteWriter out = new ByteWriter(CheckResponseFields.MAX_BYTES);
    write(out);
    return out.toByteArray();
  }

  private void writeStart(ByteWriter out, int restLength) {
    out.write(STATUS_OK);
    writePrefix(out, CheckResponseFields.OK_RESPONSE, fields.length + restLength);
    out.write(fields);
  }

  private void checkCookieIsFree() {
    if (mentionsCookie) {
      throw new IllegalArgumentException("a header must not be named twice: name=" + COOKIE);
    }
  }

  private static void checkNotNamedBefore(Set<String> names, String name) {
    if (!names.add(name)) {
      throw new IllegalArgumentException("a header must not be named twice: name=" + name);
    }
  }

  private static void writePrefix(ByteWriter out, int field, int length) {
    out.writeByte(field << 3 | WireCursor.LENGTH_DELIMITED);
    out.writeVarint(length);
  }

  private static int prefixLength(int length) {
    return 1 + ByteWriter.varintLength(length);
  }

  private static byte[] encodedCookieKey() {
    ByteWriter out = new ByteWriter(CheckResponseFields.MAX_BYTES);
    out.writeField(CheckResponseFields.HEADER_KEY, AsciiWord.of(COOKIE));
    return out.toByteArray();
  }

  private static byte[] encodedCookieRemoval() {
    ByteWriter out = new ByteWriter(CheckResponseFields.MAX_BYTES);
    out.writeField(CheckResponseFields.OK_HEADERS_TO_REMOVE, AsciiWord.of(COOKIE));
    return out.toByteArray();
  }

  private static byte[] encodedOverwrite() {
    ByteWriter out = new ByteWriter(CheckResponseFields.MAX_BYTES);
    CheckResponseFields.writeOverwrite(out);
    return out.toByteArray();
  }
}
