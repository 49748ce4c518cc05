package dev.limen.login;

import dev.limen.check.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the provider's answer, brought by the browser, says.
 *
 * <p>Invariant: a {@link WellFormed} answer has one state of our form, and one of code and error,
 * none of them too long. Source: RFC 6749, sections 4.1.2 and 4.1.2.1; RFC 9207, section 2.
 */
sealed interface CallbackAnswer {
  /** Characters in a code; the longest in the field have about 2,500. */
  int MAX_CODE_LENGTH = 4_096;

  /** Characters in {@code iss}. */
  int MAX_ISSUER_LENGTH = 1_024;

  /** Characters in {@code error}; the longest registered word has 30. */
  int MAX_ERROR_LENGTH = 128;

  /** An answer that can be judged. */
  record WellFormed(
      String state, @Nullable String code, @Nullable String error, @Nullable String issuer)
      implements CallbackAnswer {
    /** Code and state stay out of logs. */
    @Override
    public String toString() {
      return "WellFormed";
    }
  }

  /** No answer of ours, or none at all. */
  record Malformed(Reason reason) implements CallbackAnswer {}

  /** Reads the answer from the query of a callback. */
  static CallbackAnswer of(@Nullable String rawQuery) {
    QueryString query = QueryString.parse(rawQuery);
    if (query == null) {
      return new Malformed(Reason.CALLBACK_MALFORMED);
    }
    List<String> states = query.all("state");
    if (states.isEmpty()) {
      return new Malformed(Reason.STATE_MISMATCH);
    }
    if (states.size() > 1 || !isOneAnswer(query)) {
      return new Malformed(Reason.CALLBACK_MALFORMED);
    }
    String state = states.getFirst();
    return Flow.isState(state)
        ? new WellFormed(state, query.single("code"), query.single("error"), query.single("iss"))
        : new Malformed(Reason.STATE_MISMATCH);
  }

  private static boolean isOneAnswer(QueryString query) {
    int answers = query.all("code").size() + query.all("error").size();
    return answers == 1
        && query.all("iss").size() <= 1
        && isBounded(query.single("code"), MAX_CODE_LENGTH)
        && isBounded(query.single("error"), MAX_ERROR_LENGTH)
        && isBounded(query.single("iss"), MAX_ISSUER_LENGTH);
  }

  private static boolean isBounded(@Nullable String value, int maxLength) {
    return value == null || (!value.isEmpty() && value.length() <= maxLength);
  }
}
