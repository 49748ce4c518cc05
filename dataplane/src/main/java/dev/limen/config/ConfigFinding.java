package dev.limen.config;

import java.util.Comparator;

/**
 * One thing to say about a configuration, as a compiler says it.
 *
 * <p>Invariant: one line, without a secret in it.
 *
 * @param place {@code :12:5} in the file, {@code :12} for a warning, or the name of a variable
 * @param text what is so
 */
public record ConfigFinding(String place, String text) {
  public ConfigFinding {
    text = text.replaceAll("\\p{Cntrl}+", " ");
  }

  /** In the order of the file, then what the environment set. */
  static final Comparator<ConfigFinding> BY_PLACE =
      Comparator.comparing((ConfigFinding finding) -> !finding.place.startsWith(":"))
          .thenComparingInt(finding -> finding.number(1))
          .thenComparingInt(finding -> finding.number(2));

  private int number(int index) {
    String[] parts = place.split(":", -1);
    return place.startsWith(":") && parts.length > index ? Integer.parseInt(parts[index]) : 0;
  }

  /** {@code limen.yaml:12:5: error: …}; a variable stands for itself. */
  public String line(String file, String severity) {
    return (place.startsWith(":") ? file + place : place) + ": " + severity + ": " + text;
  }
}
