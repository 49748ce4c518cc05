package dev.limen.http;

import dev.limen.check.Answer;
import dev.limen.check.CheckNotes;
import dev.limen.check.Decision;
import dev.limen.check.HeaderField;
import dev.limen.check.HeaderMutations;
import dev.limen.check.Reason;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts decisions into HTTP: for a gateway that asked, or for a browser that is really there.
 *
 * <pre>
 *                 to a check                                 to a browser
 *   Allow         200, headers set, names to remove listed   503: a browser is not let pass
 *   Redirect      302                                        302
 *   Page 200      503: to Envoy, 200 would let it pass       200
 *   Page, Deny    its status                                 its status
 *   Unavailable   503 without a body, which Envoy drops      503 and one sentence
 * </pre>
 *
 * <p>Invariant: only an allow becomes a check's 200. Stateless.
 */
final class DecisionAnswers {
  private static final Logger LOG = LoggerFactory.getLogger(DecisionAnswers.class);
  private static final int OK = 200;
  private static final byte[] EMPTY = {};
  private static final String COOKIE = "cookie";
  private static final String METADATA = "x-limen-";
  private static final String ALLOWED = "allowed";
  private static final String HEADERS_TO_REMOVE = "x-envoy-auth-headers-to-remove";
  private static final Decision.Unavailable DEFECT =
      new Decision.Unavailable(Reason.INTERNAL_ERROR);

  /**
   * An answer, and what it really says.
   *
   * @param sent the decision, or the 503 in its place
   */
  record Encoded(Decision sent, HttpAnswer answer) {}

  private DecisionAnswers() {}

  /**
   * What Envoy is told. What it may know of an allow stands in headers of Limen's own, which its
   * {@code dynamic_metadata_from_headers} can take; they go no further unless it is told so.
   */
  static Encoded toCheck(Decision decision, CheckNotes notes) {
    try {
      return switch (decision) {
        case Decision.Allow allow -> new Encoded(allow, allowing(allow.mutations(), notes));
        case Decision.Page page when page.status() == OK -> withoutBody(DEFECT);
        case Decision.Redirect redirect -> of(redirect, Answer.of(redirect));
        case Decision.Page page -> of(page, Answer.of(page));
        case Decision.Deny deny -> of(deny, Answer.of(deny));
        case Decision.Unavailable unavailable -> withoutBody(unavailable);
      };
    } catch (IllegalArgumentException e) {
      return withoutBody(unwritable(e));
    }
  }

  /** What a browser is told. */
  static Encoded toBrowser(Decision decision) {
    try {
      return switch (decision) {
        case Decision.Allow _ -> of(DEFECT, Answer.of(DEFECT));
        case Decision.Redirect redirect -> of(redirect, Answer.of(redirect));
        case Decision.Page page -> of(page, Answer.of(page));
        case Decision.Deny deny -> of(deny, Answer.of(deny));
        case Decision.Unavailable unavailable -> of(unavailable, Answer.of(unavailable));
      };
    } catch (IllegalArgumentException e) {
      Decision.Unavailable defect = unwritable(e);
      return of(defect, Answer.of(defect));
    }
  }

  private static Encoded of(Decision decision, Answer answer) {
    return new Encoded(decision, HttpAnswer.of(answer));
  }

  /**
   * A removed cookie is set empty: where the list of names to remove is read late or not at all, as
   * by gateways that copy headers only, Limen's own cookie still does not go upstream.
   */
  private static HttpAnswer allowing(HeaderMutations mutations, CheckNotes notes) {
    List<HeaderField> headers = new ArrayList<>(mutations.set());
    List<String> remove = new ArrayList<>(mutations.remove());
    if (remove.remove(COOKIE)) {
      headers.add(new HeaderField(COOKIE, ""));
    }
    if (!remove.isEmpty()) {
      headers.add(new HeaderField(HEADERS_TO_REMOVE, String.join(", ", remove)));
    }
    notes
        .metadata(ALLOWED)
        .forEach((name, text) -> {
          if (isVisibleAscii(text)) {
            headers.add(new HeaderField(METADATA + name, text));
          }
        });
    return HttpAnswer.of(OK, headers, EMPTY);
  }

  /** A subject may be any text; one that cannot stand in a header is not said. */
  private static boolean isVisibleAscii(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
  }

  private static Encoded withoutBody(Decision.Unavailable unavailable) {
    Answer answer = Answer.of(unavailable);
    HttpAnswer bodiless = HttpAnswer.of(answer.status(), answer.headers(), EMPTY);
    return new Encoded(unavailable, bodiless);
  }

  private static Decision.Unavailable unwritable(IllegalArgumentException e) {
    // The class only: a message might quote a value.
    LOG.error("an answer could not be written: {}", e.getClass().getName());
    return DEFECT;
  }
}
