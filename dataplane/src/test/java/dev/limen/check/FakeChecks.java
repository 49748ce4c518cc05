package dev.limen.check;

import dev.limen.bytes.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Decides by what is written in the request itself, and keeps what it was asked.
 *
 * <pre>
 *   /slow...     no answer until {@link #release} gives it, from another thread
 *   /throw...    throws
 *   a cookie "__Host-limen=NAME"     allow, as NAME
 *   Accept: text/html                302
 *   else                             401
 * </pre>
 */
public final class FakeChecks implements CheckHandler {
  /** What stands in the request, copied out of it. */
  public record Seen(String method, String scheme, String host, String path, List<String> headers) {
    /** The values of the headers named {@code name}. */
    public List<String> all(String name) {
      return headers.stream()
          .filter(line -> line.startsWith(name + ": "))
          .map(line -> line.substring(name.length() + 2))
          .toList();
    }
  }

  private record Waiting(Seen seen, DecisionListener listener) {}

  private final List<Seen> seen = new ArrayList<>();
  private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>();

  @Override
  public void authorize(CheckRequest request, DecisionListener listener) {
    Seen asked = copy(request);
    synchronized (seen) {
      seen.add(asked);
    }
    if (asked.path().startsWith("/throw")) {
      throw new IllegalStateException("planted");
    }
    if (asked.path().startsWith("/slow")) {
      waiting.add(new Waiting(asked, listener));
    } else {
      listener.onDecision(decide(asked));
    }
  }

  /** What was asked so far. */
  public List<Seen> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  /** The last thing that was asked. */
  public Seen last() {
    return seen().getLast();
  }

  /** Waits for a slow check and answers it from this thread; what it was. */
  public Seen release() throws InterruptedException {
    Waiting next = take();
    next.listener().onDecision(decide(next.seen()));
    return next.seen();
  }

  /** Waits for a slow check and leaves it without an answer. */
  public DecisionListener awaitSlow() throws InterruptedException {
    return take().listener();
  }

  /** How many slow checks wait now. */
  public int waitingCount() {
    return waiting.size();
  }

  private Waiting take() throws InterruptedException {
    Waiting next = waiting.poll(10, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("no slow check came within 10 s");
    }
    return next;
  }

  private static Decision decide(Seen asked) {
    String name = sessionName(asked);
    if (!name.isEmpty()) {
      return new Decision.Allow(allowing(name));
    }
    if (asked.all("accept").contains("text/html")) {
      return new Decision.Redirect(
          "https://provider.example/auth?state=s&nonce=n",
          List.of("__Host-limen-flow-a=1; Path=/", "__Host-limen-flow-b=2; Path=/"),
          Reason.SIGN_IN_STARTED);
    }
    return new Decision.Deny(401, Reason.NO_SESSION);
  }

  private static HeaderMutations allowing(String name) {
    return new HeaderMutations(
        List.of(
            new HeaderField("x-auth-request-user", name),
            new HeaderField("authorization", "Bearer " + name)),
        List.of("x-auth-request-email", "cookie", "x-auth-request-groups"));
  }

  private static String sessionName(Seen asked) {
    for (String line : asked.all("cookie")) {
      for (String pair : line.split("[;,]")) {
        if (pair.strip().startsWith("__Host-limen=")) {
          return pair.strip().substring("__Host-limen=".length());
        }
      }
    }
    return "";
  }

  private static Seen copy(CheckRequest request) {
    List<String> headers = new ArrayList<>();
    for (int i = 0; i < request.headerCount(); i++) {
      headers.add(
          request.text(request.headerName(i)) + ": " + request.text(request.headerValue(i)));
    }
    CheckRequest.Target target = request.target();
    return new Seen(
        request.text(target.method()),
        Span.isPresent(target.scheme()) ? request.text(target.scheme()) : "(none)",
        request.text(target.host()),
        request.text(target.path()),
        headers);
  }
}
