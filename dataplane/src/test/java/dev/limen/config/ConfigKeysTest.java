package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.ConfigSchema.ConfigKey;
import dev.limen.config.ConfigSchema.Kind;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Walks every key that there is: its bounds hold, and the environment overrides it. A key that is
 * new is walked too; all that it may need is a line in {@link #OTHER}.
 */
class ConfigKeysTest {
  private static final String KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

  /** Every list has an element, so that there is something to override. */
  private static final String BASE =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: {value: not-to-be-seen}
          oidcConfig: {issuerURL: "https://idp.example.com/realms/a"}
          loginURLParameters: [{name: ui_locales, default: [de], allow: [{value: en}]}]
        - id: other
          clientID: limen
          clientSecret: {value: not-to-be-seen}
          oidcConfig: {issuerURL: "https://idp.example.com/realms/b"}
      cookie: {secrets: [{id: k1, value: "%s"}]}
      redirects: {redirectURL: "https://shop.example.com/oauth2/callback"}
      routes:
        - {match: {path: /a}, mode: login}
      bearer: {issuers: [{issuer: "https://tokens.example.com", audiences: [api]}]}
      headerProfiles:
        - {id: mine, headers: [{name: X-Team, claim: team}]}
      """
          .formatted(KEY);

  // spotless:off
  /** What else a key may be, where its type does not say. */
  private static final Map<String, String> OTHER = Map.ofEntries(
      Map.entry("version", "1"),
      Map.entry("server.extAuthz.grpc.maxConnectionsPerSource", "100"),
      Map.entry("server.extAuthz.http.maxConnectionsPerSource", "100"),
      Map.entry("web.proxyPrefix", "/login"),
      Map.entry("server.extAuthz.http.pathPrefix", "/check"),
      Map.entry("management.pingPath", "/alive"),
      Map.entry("management.readyPath", "/alive"),
      Map.entry("management.metricsPath", "/alive"),
      Map.entry("redirects.redirectURL", "https://www.example.com/oauth2/callback"),
      Map.entry("providers", "[{id: main, clientID: c, clientSecret: {value: s},"
          + " oidcConfig: {issuerURL: 'https://idp.example.com'}}]"),
      Map.entry("providers[].id", "main2"),
      Map.entry("providers[].scope", "openid groups"),
      Map.entry("providers[].caFiles", "[/ca.pem]"),
      Map.entry("providers[].oidcConfig.enabledSigningAlgs", "[ES512]"),
      Map.entry("cookie.secrets", "[{id: k2, value: '" + KEY + "'}]"),
      Map.entry("cookie.name", "__Host-other"),
      Map.entry("session.absoluteTimeout", "13h"),
      Map.entry("session.store.redis.connectionURL", "rediss://redis:6379/1"),
      Map.entry("redirects.whitelistDomains", "[shop.example.com]"),
      Map.entry("redirects.defaultPath", "/home"),
      Map.entry("routes", "[{match: {path: /b}, mode: public}]"),
      Map.entry("routes[].match.hosts", "[shop.example.com]"),
      Map.entry("routes[].match.path", "/c"),
      Map.entry("routes[].match.methods", "[GET]"),
      Map.entry("routes[].provider", "other"),
      Map.entry("routes[].headers", "mine"),
      Map.entry("routes[].require", "{group: ops}"),
      Map.entry("bearer.issuers", "[{issuer: 'https://b.example.com', audiences: [b]}]"),
      Map.entry("bearer.issuers[].enabledSigningAlgs", "[ES512]"),
      Map.entry("bearer.issuers[].proxy", "http://proxy.example.com:3128"),
      Map.entry("bearer.issuers[].caFiles", "[/ca.pem]"),
      Map.entry("headerProfiles", "[{id: two}]"),
      Map.entry("headerProfiles[].headers", "[{name: X-Other, claim: other}]"),
      Map.entry("headerProfiles[].headers[].join", ";"),
      Map.entry("headerPolicy.alsoRemove", "[X-Other]"),
      Map.entry("providers[].proxy", "http://proxy.example.com:3128"),
      Map.entry("providers[].loginURLParameters", "[{name: prompt, default: [login]}]"),
      Map.entry("providers[].loginURLParameters[].allow", "[{value: fr}]"),
      Map.entry("redirects.redirectURLs", "[https://www.example.org/oauth2/callback]"),
      Map.entry("defaults.headers", "mine"),
      Map.entry("defaults.provider", "other"));

  /** What has to change with a key, or the configuration would not be good as a whole. */
  private static final Map<String, Map<String, String>> WITH = Map.of(
      "cookie.secure", Map.of("cookie.name", "limen"),
      "web.proxyPrefix", Map.of("redirects.redirectURL", "https://shop.example.com/login/callback"),
      "providers[].loginURLParameters[].anyValue",
      Map.of("providers[].loginURLParameters[].allow", "[]"),
      "providers[].useSystemTrustStore", Map.of("providers[].caFiles", "[/ca.pem]"),
      "providers[].id", Map.of("defaults.provider", "main2"));
  // spotless:on

  private static final Set<String> ONE_VALUE_ONLY = Set.of("version");

  @TempDir private static Path folder;

  static Stream<String> keys() {
    return ConfigSchema.paths().keySet().stream();
  }

  static Stream<String> bounded() {
    return ConfigSchema.paths().entrySet().stream()
        .filter(entry -> !entry.getValue().setting().bounds().isEmpty())
        .map(Map.Entry::getKey);
  }

  @Test
  void everyNumberAndEveryDurationHasBounds() {
    Set<Type> counted = Set.of(int.class, long.class, Duration.class);
    ConfigSchema.paths()
        .forEach((path, key) ->
            assertThat(counted.contains(key.type()) ? key.setting().bounds() : "none needed")
                .as(path)
                .isNotEmpty());
  }

  @ParameterizedTest
  @MethodSource("bounded")
  void aValueAtItsBoundIsTakenAndOnePastItIsRefusedWithKeyValueAndBounds(String path) {
    Bounds bounds = boundsOf(path);
    long least = Bounds.number(bounds.least());
    long greatest = Bounds.number(bounds.greatest());
    assertThat(refusals(path, written(path, least))).isEmpty();
    assertThat(refusals(path, written(path, greatest))).isEmpty();
    List<Long> beyond = least == 0 ? List.of(greatest + 1) : List.of(least - 1, greatest + 1);
    for (long number : beyond) {
      String text = written(path, number);
      assertThat(refusals(path, text))
          .containsExactly(path.replace("[]", "[0]") + ": found " + text + ", expected " + bounds);
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void everyKeyCanBeSetByTheEnvironmentAndNothingElseChanges(String path) throws IOException {
    ConfigKey key = keyOf(path);
    String other = OTHER.getOrDefault(path, byType(path, key));
    Map<String, String> with = WITH.getOrDefault(path, Map.of());
    Map<String, String> environment = new TreeMap<>();
    with.forEach((also, value) -> environment.put(ConfigReference.variable(also), value));
    environment.put(ConfigReference.variable(path), other);
    ConfigLoader loader = new ConfigLoader(environment);
    Map<String, String> before = leaves(new ConfigLoader(Map.of()).parse(BASE));
    Map<String, String> after = leaves(loader.parse(BASE));
    assertThat(loader.warnings()).noneMatch(warning -> warning.startsWith("environment"));
    String place = path.replace("[]", "[0]").replace("].fromFile", "].key");
    List<String> changed = new ArrayList<>();
    after.forEach((leaf, value) -> {
      boolean said = with.keySet().stream().anyMatch(also -> leaf.startsWith(indexed(also)));
      if (!value.equals(before.get(leaf)) && !said) {
        changed.add(leaf);
      }
    });
    assertThat(changed).allMatch(leaf -> leaf.startsWith(place));
    assertThat(changed.isEmpty()).isEqualTo(ONE_VALUE_ONLY.contains(path));
  }

  private static String indexed(String path) {
    return path.replace("[]", "[0]");
  }

  private static Bounds boundsOf(String path) {
    Bounds bounds = Bounds.of(keyOf(path).setting());
    assertThat(bounds).as(path).isNotNull();
    return bounds == null ? new Bounds("0", "0") : bounds;
  }

  private static ConfigKey keyOf(String path) {
    ConfigKey key = ConfigSchema.paths().get(path);
    if (key == null) {
      throw new AssertionError(path);
    }
    return key;
  }

  private static String written(String path, long number) {
    return keyOf(path).type() == Duration.class ? number + "ms" : String.valueOf(number);
  }

  /** What is said about the key's bounds; what other rules say of so extreme a value is theirs. */
  private static List<String> refusals(String path, String value) {
    ConfigReport report =
        new ConfigLoader(Map.of(ConfigReference.variable(path), value)).check(BASE);
    String key = path.replace("[]", "[0]") + ": ";
    String bounds = "expected " + boundsOf(path);
    return report.errors().stream()
        .map(ConfigFinding::text)
        .filter(text -> text.startsWith(key) && text.endsWith(bounds))
        .toList();
  }

  private static String byType(String path, ConfigKey key) throws IOException {
    if (key.kind() == Kind.SECRET) {
      return path.endsWith("fromFile")
          ? Files.writeString(folder.resolve("key"), KEY.replace("MD", "AA")).toString()
          : "another";
    }
    String byDefault = key.setting().value();
    Type type = key.type();
    Bounds bounds = Bounds.of(key.setting());
    if (bounds != null) {
      return byDefault.equals(bounds.least()) ? bounds.greatest() : inside(bounds, type);
    }
    if (type instanceof Class<?> choice && choice.isEnum()) {
      return choiceOtherThan(choice, path);
    }
    if (type == boolean.class) {
      return String.valueOf(!Boolean.parseBoolean(byDefault));
    }
    if (type == URI.class) {
      return "https://another.example.com/realms/a";
    }
    if (type == BindAddress.class) {
      return "127.0.0.1:1";
    }
    return type instanceof ParameterizedType ? "[another]" : "another";
  }

  /** One more than the least, which is nobody's default. */
  private static String inside(Bounds bounds, Type type) {
    long number = Bounds.number(bounds.least()) + 1;
    return type == Duration.class ? number + "ms" : String.valueOf(number);
  }

  /** The words of a choice are tried against what the base says. */
  private static String choiceOtherThan(Class<?> choice, String path) {
    String present = leaves(new ConfigLoader(Map.of()).parse(BASE)).get(path.replace("[]", "[0]"));
    for (String word : SettingTypes.expected(choice).split(" or ")) {
      String name = word.replace('-', '_').toUpperCase(java.util.Locale.ROOT);
      if (!name.equals(present)) {
        return word;
      }
    }
    throw new AssertionError(path + " has one choice only");
  }

  /** Every plain value of a configuration by its path, secrets revealed. */
  static Map<String, String> leaves(LimenConfig config) {
    Map<String, String> leaves = new LinkedHashMap<>();
    addLeaves("", config, leaves);
    return leaves;
  }

  private static void addLeaves(String path, @Nullable Object value, Map<String, String> leaves) {
    if (value instanceof Record group && !(value instanceof BindAddress)) {
      for (RecordComponent component : group.getClass().getRecordComponents()) {
        String below = (path.isEmpty() ? "" : path + ".") + component.getName();
        addLeaves(below, read(component, group), leaves);
      }
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        addLeaves(path + "[" + i + "]", list.get(i), leaves);
      }
    } else {
      leaves.put(path, value instanceof Secret secret ? secret.reveal() : String.valueOf(value));
    }
  }

  private static @Nullable Object read(RecordComponent component, Object group) {
    try {
      return component.getAccessor().invoke(group);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a record of the configuration cannot be read", e);
    }
  }
}
