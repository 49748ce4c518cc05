package dev.limen.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A request as it arrived at a gateway, which is to ask one of Limen's doors about it.
 *
 * <p>Invariant: each line is one header, written {@code name: value}, and each character of it one
 * byte. Immutable.
 */
record Asked(String method, String path, List<String> lines) {
  /** A GET by a program. */
  static Asked get(String path, String... lines) {
    return new Asked("GET", path, List.of(lines));
  }

  /** A GET with these cookies, in one line. */
  static Asked with(String path, String cookies) {
    return get(path, "cookie: " + cookies);
  }

  /** The same of somebody who follows a link. */
  Asked navigation() {
    List<String> more = new ArrayList<>(lines);
    more.add("sec-fetch-mode: navigate");
    more.add("sec-fetch-dest: document");
    more.add("accept: text/html");
    return new Asked(method, path, more);
  }

  static String nameOf(String line) {
    return line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT);
  }

  static String valueOf(String line) {
    return line.substring(line.indexOf(':') + 1).strip();
  }
}
