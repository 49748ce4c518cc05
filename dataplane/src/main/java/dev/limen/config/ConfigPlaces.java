package dev.limen.config;

import java.util.Map;

/**
 * Where a key got its value: a line of the file, or a variable of the environment.
 *
 * <p>Invariant: every key has a place; one that stands nowhere has that of what it should stand in.
 *
 * @param lines of the file
 * @param variables that set a key, by its path
 */
record ConfigPlaces(KeyLines lines, Map<String, String> variables) {
  private static final String START = ":1:1";

  ConfigPlaces {
    variables = Map.copyOf(variables);
  }

  /** {@code :12:5}, or {@code LIMEN_SESSION_IDLE_TIMEOUT}. */
  String of(String path) {
    for (String each = path; !each.isEmpty(); each = parent(each)) {
      String variable = variables.get(each);
      if (variable != null) {
        return variable;
      }
      String place = lines.place(each);
      if (!place.isEmpty()) {
        return place;
      }
    }
    return START;
  }

  /** {@code " (line 12)"} or {@code " (LIMEN_SESSION)"} of a key that was set, for a message. */
  String beside(String path) {
    for (String each = path; !each.isEmpty(); each = parent(each)) {
      String variable = variables.get(each);
      if (variable != null) {
        return " (" + variable + ")";
      }
    }
    return lines.suffix(path);
  }

  /** A warning begins with the key that it is about, or with the word environment. */
  String ofWarning(String text) {
    String first = text.split("[ :]", 2)[0];
    if (first.equals("environment")) {
      return first;
    }
    String place = of(first);
    return place.startsWith(":") ? place.substring(0, place.lastIndexOf(':')) : place;
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))));
  }
}
