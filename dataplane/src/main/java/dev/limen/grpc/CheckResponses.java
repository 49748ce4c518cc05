package dev.limen.grpc;

import dev.limen.bytes.ByteWriter;
import dev.limen.bytes.Span;
import dev.limen.check.Answer;
import dev.limen.check.CheckNotes;
import dev.limen.check.Decision;
import dev.limen.check.HeaderMutations;
import dev.limen.check.Reason;
import dev.limen.extauthz.AllowResponse;
import dev.limen.extauthz.CheckResponseWriter;
import dev.limen.extauthz.DynamicMetadata;
import dev.limen.extauthz.HeaderField;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a decision into the bytes of Envoy's {@code CheckResponse}.
 *
 * <p>Invariant: never empty, which to Envoy means allow; only {@link Decision.Allow} becomes an
 * {@code ok_response}; what cannot be written becomes a 503, never an allow. Stateless.
 */
final class CheckResponses {
  private static final Logger LOG = LoggerFactory.getLogger(CheckResponses.class);

  /** The longest message: twice what a check may hold, since an allow may send its cookies back. */
  static final int MAX_BYTES = 512 * 1024;

  private static final Decision.Unavailable DEFECT =
      new Decision.Unavailable(Reason.INTERNAL_ERROR);
  private static final String COOKIE = "cookie";

  private CheckResponses() {}

  /**
   * A message, and what it really says.
   *
   * @param sent the decision, or the 503 in its place
   * @param bytes a whole {@code CheckResponse}
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Encoded(Decision sent, byte[] bytes) {}

  /** The message for {@code decision}, and what the gateway may know of how it came about. */
  static Encoded encode(Decision decision, CheckNotes notes) {
    try {
      ByteWriter out = new ByteWriter(MAX_BYTES);
      out.write(write(decision));
      DynamicMetadata.write(out, notes.metadata(Decision.label(decision)));
      return new Encoded(decision, out.toByteArray());
    } catch (IllegalArgumentException | IllegalStateException e) {
      // The class only: a message might quote a value.
      LOG.error("an answer could not be written: {}", e.getClass().getName());
      return new Encoded(DEFECT, denied(Answer.of(DEFECT)));
    }
  }

  private static byte[] write(Decision decision) {
    return switch (decision) {
      case Decision.Allow allow -> allowed(allow.mutations());
      case Decision.Redirect redirect -> denied(Answer.of(redirect));
      case Decision.Page page -> denied(Answer.of(page));
      case Decision.Deny deny -> denied(Answer.of(deny));
      case Decision.Unavailable unavailable -> denied(Answer.of(unavailable));
    };
  }

  /** The rest of the client's cookies goes back as the bytes that came, whatever they are. */
  private static byte[] allowed(HeaderMutations mutations) {
    List<HeaderField> set = new ArrayList<>();
    byte[] cookies = null;
    for (dev.limen.check.HeaderField field : mutations.set()) {
      if (field.name().equals(COOKIE)) {
        cookies = field.value().getBytes(StandardCharsets.ISO_8859_1);
      } else {
        set.add(asText(field));
      }
    }
    AllowResponse response = AllowResponse.of(set, mutations.remove(), List.of());
    if (cookies == null) {
      return response.toByteArray();
    }
    ByteWriter out = new ByteWriter(MAX_BYTES);
    response.writeSettingCookie(out, cookies, Span.of(0, cookies.length));
    return out.toByteArray();
  }

  private static byte[] denied(Answer answer) {
    List<HeaderField> headers = new ArrayList<>();
    for (dev.limen.check.HeaderField field : answer.headers()) {
      headers.add(asText(field));
    }
    return CheckResponseWriter.denied(answer.status(), headers, answer.body());
  }

  /** A value is bytes to us and text to protobuf, where bytes that are no text cannot be. */
  private static HeaderField asText(dev.limen.check.HeaderField field) {
    byte[] bytes = field.value().getBytes(StandardCharsets.ISO_8859_1);
    return new HeaderField(field.name(), new String(bytes, StandardCharsets.UTF_8));
  }
}
