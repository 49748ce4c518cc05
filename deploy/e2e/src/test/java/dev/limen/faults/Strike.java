package dev.limen.faults;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is to happen at one request: before it arrives, or when it was answered and nobody has heard
 * the answer yet.
 *
 * <p>Invariant: acts once; the connection carries no byte after it. What is sought may be spread
 * over several pieces of one connection.
 */
final class Strike {
  /** Text of one connection that is looked at; older text makes room. */
  private static final int MEMORY = 32 << 10;

  private final Predicate<String> request;
  private final @Nullable Predicate<String> answer;
  private final Runnable act;
  private final Map<Object, StringBuilder> asked = new ConcurrentHashMap<>();
  private final StringBuilder answered = new StringBuilder();

  private Strike(Predicate<String> request, @Nullable Predicate<String> answer, Runnable act) {
    this.request = request;
    this.answer = answer;
    this.act = act;
  }

  /** The request does not arrive. */
  static Strike before(Predicate<String> request, Runnable act) {
    return new Strike(request, null, act);
  }

  /** The request arrives and is answered, and the answer does not. */
  static Strike after(Predicate<String> request, Predicate<String> answer, Runnable act) {
    return new Strike(request, answer, act);
  }

  /** The answer to it is lost, and that is all. */
  static Strike losing(Predicate<String> request, Predicate<String> answer) {
    return after(request, answer, () -> {});
  }

  boolean isBeforeTheRequest() {
    return answer == null;
  }

  boolean isMetBy(Object connection, String piece) {
    StringBuilder text = asked.computeIfAbsent(connection, _ -> new StringBuilder());
    synchronized (text) {
      return request.test(remember(text, piece));
    }
  }

  boolean isAnsweredBy(String piece) {
    synchronized (answered) {
      return answer != null && answer.test(remember(answered, piece));
    }
  }

  private static String remember(StringBuilder text, String piece) {
    text.append(piece);
    text.delete(0, Math.max(0, text.length() - MEMORY));
    return text.toString();
  }

  void act() {
    act.run();
  }
}
