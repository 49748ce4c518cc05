package dev.limen.demo.run;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What Envoy wrote to its access log, line by line, as the shipped files format it. */
public final class AccessLog {
  private final List<Line> lines = new ArrayList<>();
  private final StringBuilder raw = new StringBuilder();
  private final Consumer<Line> onLine;

  /**
   * One request that is over.
   *
   * @param details Envoy's response code details: who decided, e.g. {@code via_upstream}, {@code
   *     ext_authz_denied}
   * @param cluster where it went; {@code -} for nowhere
   * @param user as Limen named it to the service; {@code -} for nobody
   * @param said what Limen said of its decision
   */
  public record Line(
      String time,
      String method,
      String authority,
      String path,
      int status,
      String details,
      String cluster,
      String requestId,
      String user,
      Said said) {}

  /** From Limen's dynamic metadata; {@code -} for what it did not say. */
  public record Said(
      String route, String reason, String rule, String provider, String subject, String session) {
    /** Limen was not asked, or said nothing. */
    public static final Said NOTHING = new Said("-", "-", "-", "-", "-", "-");
  }

  public AccessLog(Consumer<Line> onLine) {
    this.onLine = onLine;
  }

  /** Takes a line of Envoy's standard output; anything that is not JSON is not the log's. */
  void accept(String text) {
    Line line = parse(text);
    if (line == null) {
      return;
    }
    synchronized (this) {
      raw.append(text).append('\n');
      lines.add(line);
    }
    onLine.accept(line);
  }

  static @Nullable Line parse(String text) {
    if (!text.startsWith("{")) {
      return null;
    }
    try {
      Map<String, Object> json = JSONObjectUtils.parse(text);
      return new Line(
          field(json, "time"),
          field(json, "method"),
          field(json, "authority"),
          field(json, "path"),
          json.get("status") instanceof Number status ? status.intValue() : 0,
          field(json, "details"),
          field(json, "cluster"),
          field(json, "request_id"),
          field(json, "user"),
          new Said(
              field(json, "route"),
              field(json, "reason"),
              field(json, "rule"),
              field(json, "provider"),
              field(json, "subject"),
              field(json, "session")));
    } catch (ParseException _) {
      return null;
    }
  }

  private static String field(Map<String, Object> json, String name) {
    Object value = json.get(name);
    return value == null ? "-" : value.toString();
  }

  /** The line of the request with that id; waits for it, since Envoy writes it after the answer. */
  public @Nullable Line await(String requestId, Duration limit) {
    return awaitMatch(line -> line.requestId().equals(requestId), limit);
  }

  public @Nullable Line awaitMatch(Predicate<Line> wanted, Duration limit) {
    Await.until(limit, () -> find(wanted) != null);
    return find(wanted);
  }

  private synchronized @Nullable Line find(Predicate<Line> wanted) {
    for (Line line : lines.reversed()) {
      if (wanted.test(line)) {
        return line;
      }
    }
    return null;
  }

  /** Whether this text stands anywhere in the log. */
  public synchronized boolean contains(String text) {
    return raw.indexOf(text) >= 0;
  }

  public synchronized List<Line> lines() {
    return List.copyOf(lines);
  }
}
