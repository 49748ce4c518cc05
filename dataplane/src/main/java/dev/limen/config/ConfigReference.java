package dev.limen.config;

import dev.limen.config.ConfigSchema.ConfigKey;
import dev.limen.config.ConfigSchema.Kind;

/**
 * The configuration reference, written from the records themselves.
 *
 * <p>Invariant: every key has a line and no line lacks a key, since both come from {@link
 * ConfigSchema}; the bounds are those that the loader holds a value to ({@link Bounds}).
 */
public final class ConfigReference {
  private static final String GROUPS = "GROUPS";
  private static final String INTRODUCTION =
      """
      # Configuration reference

      A YAML file, with the environment laid over it: `limen serve --config FILE`.

      - A duration is written `150ms`, `90s`, `15m`, `8h` or `7d`; a bare number is none. Bounds
        are included.
      - A secret is one of `{value: …}`, `{fromEnv: NAME}`, `{fromFile: PATH}`.
      - An address is `host:port`, or `[v6]:port`.
      - In a variable's name, `0` stands for an element's index; a list is written as YAML has it,
        `[a, b]`.
      - An unknown key stops the start. `limen check-config --config FILE` says all that is wrong,
        with its place.
      - The file, and every file that it names, is read again when it changes; a change that is
        not good as a whole changes nothing. These take effect at the next start only: all
        below GROUPS.

      `limen config-reference` prints this page from the code, and a test holds it to that.

      | Key | Type | Default | Bounds | Environment | What it is |
      |---|---|---|---|---|---|
      """;
  private static final String RULES =
      """

      ## What a route may require

      A route's `require` is a mapping of one or more of these keys, all of which must hold. It is
      judged by what the newest tokens say. What is missing never makes a rule hold, so `not` holds
      of it.

      | Rule | Holds when |
      |---|---|
      | `anyOf: [{…}, …]` | at least one of these mappings holds |
      | `allOf: [{…}, …]` | each of these mappings holds |
      | `not: {…}` | this mapping does not hold |
      | `group: ops` or `[ops, /staff]` | in any of these groups |
      | `realmRole: admin` or `[…]` | has any of these realm roles |
      | `clientRole: "shop:buyer"` or `[…]` | has any of these, each written client:role |
      | `scope: orders` or `[…]` | has each of these scopes |
      | `acr: gold` or `[…]` | signed in by any of these classes |
      | `maxAge: 15m` | signed in (`auth_time`) no longer ago; 1s to 30d, and 30 s for clocks |
      | `claim: {name: address.country, value: DE}` | the claim, or an element of it, is this |
      | `claim: [{name: …, values: [a, b]}, …]` | each of these claims has any of its values |
      | `emailDomain: example.com` or `[…]` | `email` is verified, and in one of these domains |

      Numbers and booleans are compared as text. At most 64 rules in one `require`, 8 levels deep.
      Anything empty or unknown stops the start.
      """;

  private ConfigReference() {}

  /** The reference as a page of Markdown. */
  public static String markdown() {
    StringBuilder text = new StringBuilder();
    text.append(INTRODUCTION.replace(GROUPS, RestartOnly.described()));
    ConfigSchema.paths().forEach((path, key) -> addLine(text, path, key));
    return text.append(RULES).toString();
  }

  private static void addLine(StringBuilder text, String path, ConfigKey key) {
    Bounds bounds = Bounds.of(key.setting());
    text.append("| `")
        .append(path)
        .append("` | ")
        .append(kind(key))
        .append(" | ")
        .append(byDefault(key))
        .append(" | ")
        .append(bounds == null ? "" : bounds)
        .append(" | `")
        .append(variable(path))
        .append("` | ")
        .append(key.setting().doc())
        .append(" |\n");
  }

  private static String kind(ConfigKey key) {
    return key.kind() == Kind.GROUPS ? "list" : SettingTypes.kind(key.type());
  }

  private static String byDefault(ConfigKey key) {
    return switch (key.setting().value()) {
      case Setting.REQUIRED -> "required";
      case "''", "{value: ''}", "null" -> "none";
      case "[]" -> "empty";
      default -> "`" + key.setting().value() + "`";
    };
  }

  /** The variable that sets the key at {@code path}. */
  static String variable(String path) {
    StringBuilder name = new StringBuilder("LIMEN");
    for (String word : path.replace("[]", ".0").split("\\.")) {
      name.append('_').append(ConfigSchema.variable(word));
    }
    return name.toString();
  }
}
