package dev.limen.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.module.SimpleModule;

/**
 * How the values of the file are written where YAML has no word for them: durations, addresses,
 * secrets, and words for a choice.
 *
 * <p>Invariant: one way to write each; a bare number is no duration, since its unit would be a
 * guess.
 */
final class SettingTypes {
  /** The attribute of a reading that says where the one value stands that is read. */
  static final String VALUE_PATH = "limen.value.path";

  private static final Pattern DURATION = Pattern.compile("([0-9]{1,10})(ms|s|m|h|d)");
  private static final Map<Class<?>, String> EXPECTED =
      Map.of(
          int.class, "a whole number",
          boolean.class, "true or false",
          Duration.class, "a duration such as 150ms, 90s, 15m, 8h or 7d",
          java.net.URI.class, "a URL");

  private static final Map<Type, String> KINDS =
      Map.of(
          int.class, "integer",
          long.class, "integer",
          boolean.class, "boolean",
          Duration.class, "duration",
          java.net.URI.class, "URL",
          java.nio.file.Path.class, "file",
          BindAddress.class, "address",
          Secret.class, "secret");
  private static final List<Map.Entry<String, Duration>> UNITS =
      List.of(
          Map.entry("d", Duration.ofDays(1)),
          Map.entry("h", Duration.ofHours(1)),
          Map.entry("m", Duration.ofMinutes(1)),
          Map.entry("s", Duration.ofSeconds(1)));

  private SettingTypes() {}

  static JacksonModule module() {
    SimpleModule module = new SimpleModule("limen-settings");
    module.addDeserializer(Duration.class, new DurationDeserializer());
    module.addDeserializer(BindAddress.class, new BindAddressDeserializer());
    module.addDeserializer(Secret.class, new SecretDeserializer());
    module.addDeserializer(Requirement.class, new RequirementDeserializer());
    addChoice(module, ProviderConfig.Dialect.class);
    addChoice(module, ProviderConfig.ClientAuth.class);
    addChoice(module, StoreConfig.Type.class);
    addChoice(module, StoreConfig.OnEvictionPolicy.class);
    addChoice(module, SessionConfig.OnExceed.class);
    addChoice(module, RouteConfig.Mode.class);
    addChoice(module, RouteConfig.Preflight.class);
    addChoice(module, HeaderProfileConfig.Encoding.class);
    addChoice(module, LoggingConfig.Level.class);
    addChoice(module, LoggingConfig.Format.class);
    addChoice(module, LoggingConfig.Decisions.class);
    return module;
  }

  /** What kind of value {@code type} is, for the reference. */
  static String kind(Type type) {
    if (type instanceof ParameterizedType list) {
      return "list of " + plural(kind(list.getActualTypeArguments()[0]));
    }
    if (type instanceof Class<?> choice && choice.isEnum()) {
      return expected(choice);
    }
    return KINDS.getOrDefault(type, "string");
  }

  private static String plural(String kind) {
    return kind.contains(" or ") ? kind : kind + "s";
  }

  /** The duration that {@code text} says, or null. */
  static @Nullable Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  /** A duration as it is written in the file: in the largest unit that says it whole. */
  static String text(Duration duration) {
    long millis = duration.toMillis();
    for (Map.Entry<String, Duration> unit : UNITS) {
      long one = unit.getValue().toMillis();
      if (millis != 0 && millis % one == 0) {
        return millis / one + unit.getKey();
      }
    }
    return millis + "ms";
  }

  /** What a value of {@code type} looks like, for a message. */
  static String expected(Class<?> type) {
    if (type.isEnum()) {
      StringBuilder words = new StringBuilder();
      for (Object constant : type.getEnumConstants()) {
        words.append(words.isEmpty() ? "" : " or ").append(word(constant));
      }
      return words.toString();
    }
    return EXPECTED.getOrDefault(type, "text");
  }

  private static <E extends Enum<E>> void addChoice(SimpleModule module, Class<E> type) {
    module.addDeserializer(type, new ChoiceDeserializer<>(type));
  }

  /** {@code keycloak-oidc}, but {@code client_secret_basic}: the standards' own spelling. */
  private static String word(Object constant) {
    String word = constant.toString().toLowerCase(Locale.ROOT);
    return constant instanceof ProviderConfig.ClientAuth ? word : word.replace('_', '-');
  }

  private static final class DurationDeserializer extends StdDeserializer<Duration> {
    DurationDeserializer() {
      super(Duration.class);
    }

    @Override
    public Duration deserialize(JsonParser parser, DeserializationContext context) {
      String text = parser.getString();
      Duration duration = duration(text);
      return duration != null
          ? duration
          : (Duration) context.handleWeirdStringValue(Duration.class, text, "no duration");
    }
  }

  private static final class RequirementDeserializer extends StdDeserializer<Requirement> {
    RequirementDeserializer() {
      super(Requirement.class);
    }

    /** A value that is read alone does not know where it stands: whoever reads it says so. */
    @Override
    public Requirement deserialize(JsonParser parser, DeserializationContext context) {
      TokenStreamContext here = parser.streamReadContext();
      String inTree =
          KeyLines.path(parser.currentToken().isStructStart() ? here.getParent() : here);
      Object alone = context.getAttribute(VALUE_PATH);
      KeyLines lines = (KeyLines) context.getAttribute(KeyLines.class);
      return new RequirementReader(lines)
          .read(context.readTree(parser), alone == null ? inTree : alone.toString());
    }
  }

  private static final class BindAddressDeserializer extends StdDeserializer<BindAddress> {
    BindAddressDeserializer() {
      super(BindAddress.class);
    }

    @Override
    public BindAddress deserialize(JsonParser parser, DeserializationContext context) {
      Object alone = context.getAttribute(VALUE_PATH);
      String key = KeyLines.path(parser.streamReadContext());
      return BindAddress.parse(alone == null ? key : alone.toString(), parser.getString());
    }
  }

  private static final class SecretDeserializer extends StdDeserializer<Secret> {
    SecretDeserializer() {
      super(Secret.class);
    }

    @Override
    public Secret deserialize(JsonParser parser, DeserializationContext context) {
      return new Secret(parser.getString());
    }
  }

  private static final class ChoiceDeserializer<E extends Enum<E>> extends StdDeserializer<E> {
    private final Class<E> type;

    ChoiceDeserializer(Class<E> type) {
      super(type);
      this.type = type;
    }

    @Override
    public E deserialize(JsonParser parser, DeserializationContext context) {
      String text = parser.getString();
      for (E constant : type.getEnumConstants()) {
        if (word(constant).equals(text)) {
          return constant;
        }
      }
      return type.cast(context.handleWeirdStringValue(type, text, "no such choice"));
    }
  }
}
