package dev.limen.extauthz;

import dev.limen.bytes.ByteWriter;

/**
 * The field numbers of {@code envoy.service.auth.v3.CheckResponse}, and how its parts are written.
 *
 * <p>Invariant: {@code append=true} is never written, and the action of a header is written the one
 * way that is right under every semantics that Envoy has had or tried. Its deprecated {@code
 * append} and its {@code append_action} have taken turns at being ignored:
 *
 * <pre>
 *   ok_response.headers                       append { } and append_action 2   12 00 18 02
 *   ok_response.response_headers_to_add       both unset, or Set-Cookie would be lost
 *   denied_response.headers                   both unset
 * </pre>
 *
 * <p>Source: Envoy's external_auth.proto, base.proto. Stateless.
 */
final class CheckResponseFields {
  /** The longest answer that is written; the longest request plus what Limen adds fits in. */
  static final int MAX_BYTES = 512 * 1024;

  static final int STATUS = 1;
  static final int DENIED_RESPONSE = 2;
  static final int OK_RESPONSE = 3;

  static final int STATUS_CODE = 1;

  static final int OK_HEADERS = 2;
  static final int OK_HEADERS_TO_REMOVE = 5;
  static final int OK_RESPONSE_HEADERS_TO_ADD = 6;

  static final int DENIED_STATUS = 1;
  static final int DENIED_HEADERS = 2;
  static final int DENIED_BODY = 3;

  static final int HTTP_STATUS_CODE = 1;

  static final int OPTION_HEADER = 1;
  static final int OPTION_APPEND = 2;
  static final int OPTION_APPEND_ACTION = 3;
  static final int OVERWRITE_IF_EXISTS_OR_ADD = 2;

  static final int HEADER_KEY = 1;
  static final int HEADER_VALUE = 2;

  private static final byte[] EMPTY_MESSAGE = {};

  private CheckResponseFields() {}

  /** A header that takes the place of whatever the request has under that name. */
  static void writeOverwriting(ByteWriter out, int field, HeaderField header) {
    int option = out.beginMessage(field);
    writeHeader(out, header);
    writeOverwrite(out);
    out.endMessage(option);
  }

  /** The end of a header option that overwrites. */
  static void writeOverwrite(ByteWriter out) {
    out.writeField(OPTION_APPEND, EMPTY_MESSAGE);
    out.writeVarintField(OPTION_APPEND_ACTION, OVERWRITE_IF_EXISTS_OR_ADD);
  }

  /** A header that is added beside others of its name. */
  static void writeAdding(ByteWriter out, int field, HeaderField header) {
    int option = out.beginMessage(field);
    writeHeader(out, header);
    out.endMessage(option);
  }

  private static void writeHeader(ByteWriter out, HeaderField header) {
    int start = out.beginMessage(OPTION_HEADER);
    out.writeField(HEADER_KEY, header.name());
    out.writeField(HEADER_VALUE, header.value());
    out.endMessage(start);
  }
}
