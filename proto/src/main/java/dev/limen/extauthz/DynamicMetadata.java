package dev.limen.extauthz;

import dev.limen.bytes.ByteWriter;
import java.util.Map;

/**
 * Writes the {@code dynamic_metadata} of a {@code CheckResponse}: what the gateway's access log and
 * later filters may know of a decision.
 *
 * <p>Invariant: the field stands by itself and may follow any answer; alone it is not one, so it is
 * never sent alone (no {@code status} would be an allow). Only strings, none of them empty. Source:
 * Envoy's external_auth.proto, protobuf's struct.proto. Stateless.
 *
 * <pre>
 *   22 length                       dynamic_metadata: google.protobuf.Struct
 *     (0A length                      fields, a map entry each
 *        0A length key
 *        12 length                      google.protobuf.Value
 *          1A length text                 string_value
 *     )*
 * </pre>
 */
public final class DynamicMetadata {
  private static final int DYNAMIC_METADATA = 4;
  private static final int STRUCT_FIELDS = 1;
  private static final int ENTRY_KEY = 1;
  private static final int ENTRY_VALUE = 2;
  private static final int STRING_VALUE = 3;

  private DynamicMetadata() {}

  /** Appends {@code texts} to the answer in {@code out}; nothing if none of them says anything. */
  public static void write(ByteWriter out, Map<String, String> texts) {
    if (out.length() == 0) {
      throw new IllegalStateException("metadata follows an answer: alone it would be an allow");
    }
    if (texts.values().stream().allMatch(String::isEmpty)) {
      return;
    }
    int struct = out.beginMessage(DYNAMIC_METADATA);
    texts.forEach((key, text) -> {
      if (!text.isEmpty()) {
        int entry = out.beginMessage(STRUCT_FIELDS);
        out.writeField(ENTRY_KEY, key);
        int value = out.beginMessage(ENTRY_VALUE);
        out.writeField(STRING_VALUE, text);
        out.endMessage(value);
        out.endMessage(entry);
      }
    });
    out.endMessage(struct);
  }
}
