package dev.limen.server;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;

/**
 * Configurations that are wrong where a secret stands, as people write them at night.
 *
 * <p>Invariant: each holds a secret of its own, and none is good.
 */
final class BrokenConfigs {
  private static final String CLIENT = "clientSecret: \\{[^}]*}";
  private static final String RING = "cookie: .*";
  private static final String STORE = "password: \\{[^}]*}";

  private BrokenConfigs() {}

  /** {@code good}, broken in all these ways. */
  static List<String> of(String good, Canaries canaries) {
    List<String> broken = new ArrayList<>();
    for (String line :
        List.of(
            "clientSecret: $",
            "clientSecret: {valeu: \"$\"}",
            "clientSecret: {value: [\"$\"]}",
            "clientSecret: {value: {x: \"$\"}}",
            "clientSecret: {value: \"$\", fromEnv: \"$\"}",
            "clientSecret: {value: \"$}",
            "clientSecret: {value: \"$\"",
            "clientSecret: {value: $\": x}",
            "clientSecret: {value: \"\\$\"}",
            "clientSecret: {value: \"$\"}\n\tclientSecret: \"$\"",
            "clientSecret: {value: \"$\"}\n    clientSecret: {value: \"$\"}",
            "clientSecret: {value: \"$\"}\n    secret: {value: \"$\"}",
            "clientSecret: [\"$\"]")) {
      broken.add(good.replaceFirst(CLIENT, Matcher.quoteReplacement(line)));
    }
    for (String line :
        List.of(
            "cookie: {secrets: [{id: k1, value: \"$\"}]}",
            "cookie: {secrets: \"$\"}",
            "cookie: {secrets: [\"$\"]}",
            "cookie: {secrets: {k1: \"$\"}}",
            "cookie: {secrets: [{id: k1, vaule: \"$\"}]}",
            "cookie: {secrets: [{id: k1, value: \"$\"}, {id: k1, value: \"$\"}]}",
            "cookie: {secret: \"$\"}",
            "cookie: \"$\"")) {
      broken.add(good.replaceFirst(RING, Matcher.quoteReplacement(line)));
    }
    for (String line :
        List.of("password: \"$\"", "pasword: {value: \"$\"}", "password: {vlaue: \"$\"}")) {
      broken.add(good.replaceFirst(STORE, Matcher.quoteReplacement(line)));
    }
    broken.add(good.replaceFirst("redis://", "redis://user:\\$@"));
    broken.add(
        good.replaceFirst("clientID: limen", "clientID: limen\n    proxy: http://u:\\$@p/x"));
    broken.replaceAll(yaml -> yaml.replace("$", canaries.plant("config")));
    return broken;
  }
}
