package dev.limen.config;

import dev.limen.config.Requirement.ClaimValues;
import dev.limen.config.Requirement.RoleAtClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads one {@code require}, by the grammar above {@link Requirement}: a method for each rule of
 * it.
 *
 * <p>Invariant: nothing that was written is left unread. What asks for nothing (an empty mapping,
 * an empty list, a blank name), what nobody reads and what exceeds a limit stops the start, since a
 * restriction that matches nothing is one that silently stopped working. One reader for one value.
 */
final class RequirementReader {
  /** Rules that look at the caller, in one {@code require}; each claim is one. */
  static final int MAX_LEAVES = 64;

  /** Mappings inside one another, the outermost included. */
  static final int MAX_DEPTH = 8;

  /** Characters of a value that a message shows. */
  static final int MAX_SHOWN = 80;

  static final Duration MIN_AGE = Duration.ofSeconds(1);
  static final Duration MAX_AGE = Duration.ofDays(30);

  private static final String NONE = "none";
  private static final List<String> KEYS =
      List.of(
          "anyOf",
          "allOf",
          "not",
          "group",
          "realmRole",
          "clientRole",
          "scope",
          "acr",
          "maxAge",
          "claim",
          "emailDomain");
  private static final List<String> CLAIM_KEYS = List.of("name", "value", "values");

  private final @Nullable KeyLines lines;
  private int leaves;

  /** A reader that names the lines of {@code lines} in its messages, if there are some. */
  RequirementReader(@Nullable KeyLines lines) {
    this.lines = lines;
  }

  /** What {@code value} asks for, which stands at {@code path}. */
  Requirement read(JsonNode value, String path) {
    return value.isString() && value.asString().equals(NONE)
        ? Requirement.NONE
        : rules(value, path, 1);
  }

  private Requirement rules(JsonNode value, String path, int depth) {
    if (!(value instanceof ObjectNode mapping) || mapping.isEmpty()) {
      throw refused(path, said(value), "one or more of " + String.join(", ", KEYS));
    }
    if (depth > MAX_DEPTH) {
      throw refused(path, depth + " levels of rules", "at most " + MAX_DEPTH);
    }
    List<Requirement> parts = new ArrayList<>();
    for (String key : mapping.propertyNames()) {
      parts.add(rule(key, mapping.get(key), path + "." + key, depth));
    }
    return parts.size() == 1 ? parts.get(0) : new Requirement.Every(parts);
  }

  private Requirement rule(String key, JsonNode value, String path, int depth) {
    return switch (key) {
      case "anyOf" -> new Requirement.AnyOf(inner(value, path, depth));
      case "allOf" -> new Requirement.AllOf(inner(value, path, depth));
      case "not" -> new Requirement.Not(rules(value, path, depth + 1));
      default -> {
        if (KEYS.contains(key) && ++leaves > MAX_LEAVES) {
          throw refused(path, "rule " + leaves, "at most " + MAX_LEAVES + " in one require");
        }
        yield leaf(key, value, path);
      }
    };
  }

  private List<Requirement> inner(JsonNode value, String path, int depth) {
    if (!(value instanceof ArrayNode) || value.isEmpty()) {
      throw refused(path, said(value), "a list of rules");
    }
    List<Requirement> inner = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      inner.add(rules(value.get(i), path + "[" + i + "]", depth + 1));
    }
    return inner;
  }

  private Requirement leaf(String key, JsonNode value, String path) {
    return switch (key) {
      case "group" -> new Requirement.Group(each(value, path, this::name));
      case "realmRole" -> new Requirement.RealmRole(each(value, path, this::name));
      case "clientRole" -> new Requirement.ClientRole(each(value, path, this::clientRole));
      case "scope" -> new Requirement.Scope(each(value, path, this::scope));
      case "acr" -> new Requirement.Acr(each(value, path, this::scalar));
      case "maxAge" -> new Requirement.MaxAge(age(value, path));
      case "claim" -> new Requirement.Claims(claims(value, path));
      case "emailDomain" -> new Requirement.EmailDomain(each(value, path, this::domain));
      default -> throw refused(path, "an unknown key", UnknownKeys.suggestion(key, KEYS));
    };
  }

  /** One value, or a list of them. */
  private <T> List<T> each(JsonNode value, String path, BiFunction<JsonNode, String, T> reading) {
    if (!(value instanceof ArrayNode)) {
      return List.of(reading.apply(value, path));
    }
    if (value.isEmpty()) {
      throw refused(path, said(value), "at least one");
    }
    List<T> all = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      all.add(reading.apply(value.get(i), path + "[" + i + "]"));
    }
    return all;
  }

  /** Text, and nothing around it: a blank would be part of the name, which nobody sees. */
  private String name(JsonNode value, String path) {
    String text = value.isString() ? value.asString() : "";
    if (text.isEmpty() || !text.equals(text.strip())) {
      throw refused(path, said(value), "text, in quotes if it looks like something else");
    }
    return text;
  }

  /** {@code 2} and {@code true} are as good as {@code "2"} and {@code "true"}. */
  private String scalar(JsonNode value, String path) {
    return value.isIntegralNumber() || value.isBoolean() ? value.asString() : name(value, path);
  }

  /** RFC 6749, section 3.3: a space would divide it. */
  private String scope(JsonNode value, String path) {
    String scope = name(value, path);
    if (scope.indexOf(' ') >= 0) {
      throw refused(path, scope, "one scope, or a list of them");
    }
    return scope;
  }

  /** With a second colon it would be a guess where the client ends. */
  private RoleAtClient clientRole(JsonNode value, String path) {
    String text = name(value, path);
    int colon = text.indexOf(':');
    if (colon <= 0 || colon == text.length() - 1 || text.indexOf(':', colon + 1) >= 0) {
      throw refused(path, text, "client:role, with one colon");
    }
    return new RoleAtClient(text.substring(0, colon), text.substring(colon + 1));
  }

  private Duration age(JsonNode value, String path) {
    Duration age = value.isString() ? SettingTypes.duration(value.asString()) : null;
    if (age == null
        || age.compareTo(MIN_AGE) < 0
        || age.compareTo(MAX_AGE) > 0
        || age.toMillisPart() != 0) {
      throw refused(path, said(value), "a duration of whole seconds, from 1s to 30d");
    }
    return age;
  }

  private List<ClaimValues> claims(JsonNode value, String path) {
    List<ClaimValues> claims = each(value, path, this::claim);
    leaves += claims.size() - 1; // the key itself was counted
    if (leaves > MAX_LEAVES) {
      throw refused(path, "rule " + leaves, "at most " + MAX_LEAVES + " in one require");
    }
    return claims;
  }

  private ClaimValues claim(JsonNode value, String path) {
    if (!(value instanceof ObjectNode claim)) {
      throw refused(path, said(value), "{name: …, value: …} or {name: …, values: [ … ]}");
    }
    for (String key : claim.propertyNames()) {
      if (!CLAIM_KEYS.contains(key)) {
        String expected = UnknownKeys.suggestion(key, CLAIM_KEYS);
        throw refused(path + "." + key, "an unknown key", expected);
      }
    }
    JsonNode name = claim.get("name");
    boolean isOne = claim.has("value");
    if (name == null || isOne == claim.has("values")) {
      throw refused(path, said(value), "name, and either value or values");
    }
    String key = isOne ? "value" : "values";
    List<String> values =
        isOne
            ? List.of(scalar(claim.get(key), path + "." + key))
            : each(claim.get(key), path + "." + key, this::scalar);
    return new ClaimValues(claimName(name, path + ".name"), values);
  }

  private String claimName(JsonNode value, String path) {
    String name = name(value, path);
    if (name.startsWith(".") || name.endsWith(".") || name.contains("..")) {
      throw refused(path, name, "a claim's name, dots between the names of members");
    }
    return name;
  }

  /** Letters, digits and hyphens of ASCII: another alphabet's are written as {@code xn--…}. */
  private String domain(JsonNode value, String path) {
    String domain = name(value, path);
    if (!domain.matches("[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*")) {
      throw refused(path, domain, "a domain such as example.com, in ASCII, without @ and *");
    }
    return domain;
  }

  private ConfigException refused(String path, String found, String expected) {
    String line = lines == null ? "" : lines.suffix(path);
    return new ConfigException(path + line, found, expected);
  }

  private static String said(JsonNode value) {
    String text = value.isString() ? value.asString() : value.toString();
    if (value.isNull() || text.isBlank()) {
      return "nothing";
    }
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }
}
