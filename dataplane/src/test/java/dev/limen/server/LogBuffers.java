package dev.limen.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a heap dump holds in buffers of the log, and what its threads are called.
 *
 * <p>Log buffers are here all byte and character arrays (those of strings too) that are reached
 * from
 *
 * <ul>
 *   <li>any object or static field of a class of the logging libraries ({@link #LOGGING}): layouts,
 *       appenders, recycled events, messages and their parameters,
 *   <li>{@link DecisionLog} and {@link DecisionLine}: the queue of lines that wait,
 *   <li>{@link LogOutput}: lines that wait for standard output,
 *   <li>{@code System.out} and {@code System.err} with their writers,
 *   <li>values that a thread keeps under a {@link ThreadLocal} that one of these holds,
 * </ul>
 *
 * <p>by way of those classes, arrays, and the JDK's own text, streams, buffers, collections and
 * references. Threads, class loaders, classes and whatever else a parameter may be are where the
 * log ends: a session that is alive stands in memory rightly.
 *
 * <p>Invariant: no array that the log could write from is left out.
 */
final class LogBuffers {
  private static final List<String> LOGGING =
      List.of(
          "org.apache.logging.",
          "org.slf4j.",
          "java.util.logging.",
          "io.netty.util.internal.logging.",
          "dev.limen.server.DecisionLog",
          "dev.limen.server.DecisionLine",
          "dev.limen.server.LogOutput");
  private static final List<String> CONDUITS =
      List.of(
          "java.lang.String",
          "java.lang.AbstractStringBuilder",
          "java.lang.ref.",
          "java.io.",
          "java.nio.",
          "sun.nio.cs.",
          "java.util.",
          "[");
  private static final String ENTRY = "java.lang.ThreadLocal$ThreadLocalMap$Entry";

  private final HeapDump dump;
  private final Set<Long> reached = new HashSet<>();
  private final Deque<Long> ahead = new ArrayDeque<>();

  private LogBuffers(HeapDump dump) {
    this.dump = dump;
  }

  /** The contents of all of them. */
  static List<byte[]> in(HeapDump dump) {
    return new LogBuffers(dump).all();
  }

  private List<byte[]> all() {
    List<Map<String, Long>> entries = new ArrayList<>();
    dump.forEach(object -> {
      String type = dump.typeName(object);
      if (LOGGING.stream().anyMatch(type::startsWith)) {
        reach(object);
      } else if (type.equals(ENTRY)) {
        entries.add(dump.references(object));
      }
    });
    LOGGING.forEach(prefix -> dump.statics(prefix).forEach(this::reach));
    reach(dump.staticField("java.lang.System", "out"));
    reach(dump.staticField("java.lang.System", "err"));
    int before;
    do {
      before = reached.size();
      follow();
      for (Map<String, Long> entry : entries) {
        if (reached.contains(entry.getOrDefault("referent", 0L))) {
          reach(entry.getOrDefault("value", 0L));
        }
      }
    } while (reached.size() > before);
    return reached.stream().map(dump::contents).filter(bytes -> bytes.length > 0).toList();
  }

  private void reach(long object) {
    if (object != 0 && reached.add(object)) {
      ahead.add(object);
    }
  }

  private void follow() {
    while (!ahead.isEmpty()) {
      long object = ahead.remove();
      String type = dump.typeName(object);
      if (LOGGING.stream().anyMatch(type::startsWith)
          || CONDUITS.stream().anyMatch(type::startsWith)) {
        dump.references(object).forEach((field, value) -> reach(isLink(type, field) ? 0 : value));
      }
    }
  }

  /** The lists in which the collector strings references together lead to anything at all. */
  private static boolean isLink(String type, String field) {
    return type.startsWith("java.lang.ref.") && !field.equals("referent");
  }

  /** What every thread is called, of either kind. */
  static List<byte[]> threadNames(HeapDump dump) {
    List<byte[]> names = new ArrayList<>();
    dump.forEach(object -> {
      if (dump.isA(object, "java.lang.Thread")) {
        long name = dump.references(object).getOrDefault("name", 0L);
        names.add(dump.contents(dump.references(name).getOrDefault("value", 0L)));
      }
    });
    return names;
  }
}
