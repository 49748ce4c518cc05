package dev.limen.config;

import dev.limen.config.ConfigSchema.ConfigKey;

/**
 * The configuration reference, written from the records themselves.
 *
 * <p>Invariant: every key has a line and no line lacks a key, since both come from {@link
 * ConfigSchema}.
 */
public final class ConfigReference {
  private ConfigReference() {}

  /** The reference as a Markdown table. */
  public static String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("| Key | Default | Environment | What it is |\n|---|---|---|---|\n");
    ConfigSchema.paths()
        .forEach((path, key) ->
            text.append("| `")
                .append(path)
                .append("` | ")
                .append(byDefault(key))
                .append(" | `")
                .append(variable(path))
                .append("` | ")
                .append(key.setting().doc())
                .append(" |\n"));
    return text.toString();
  }

  private static String byDefault(ConfigKey key) {
    return switch (key.setting().value()) {
      case Setting.REQUIRED -> "required";
      case "''", "{value: ''}", "null" -> "none";
      case "[]" -> "empty";
      default -> "`" + key.setting().value() + "`";
    };
  }

  private static String variable(String path) {
    StringBuilder name = new StringBuilder("LIMEN");
    for (String word : path.replace("[]", ".0").split("\\.")) {
      name.append('_').append(ConfigSchema.variable(word));
    }
    return name.toString();
  }
}
