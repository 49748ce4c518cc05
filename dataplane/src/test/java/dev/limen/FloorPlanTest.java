package dev.limen;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The house stands as it was drawn: the data of this test is the floor plan.
 *
 * <p>Invariant: each rule is shown to bite by a planted class that breaks it, compiled here and
 * never shipped.
 */
@NullMarked
class FloorPlanTest {
  // spotless:off
  /** Room by room: a package may look down, never up, and never at a neighbour on its floor. */
  private static final Map<String, Integer> FLOORS = Map.ofEntries(
      Map.entry("bytes", 0),
      Map.entry("extauthz", 0),
      Map.entry("session.v1", 0), // the stored record, generated in proto
      Map.entry("metrics", 0),
      Map.entry("config", 1),
      Map.entry("cookie", 1),
      Map.entry("crypto", 1),
      Map.entry("check", 1),
      Map.entry("session", 2),
      Map.entry("session.cache", 3),
      Map.entry("session.redis", 3),
      Map.entry("session.memory", 3),
      Map.entry("oidc", 3),
      Map.entry("pages", 3),
      Map.entry("login", 4),
      Map.entry("authz", 5),
      Map.entry("http", 6),
      Map.entry("grpc", 6),
      Map.entry("admin", 6),
      Map.entry("server", 7));

  /**
   * Each library is known in one room, the network's in those that stand at the network. What is
   * not written here is known in none.
   */
  private static final Map<String, Set<String>> ROOMS_OF_LIBRARIES = Map.ofEntries(
      Map.entry("org.HdrHistogram", Set.of("metrics")),
      Map.entry("io.prometheus", Set.of("metrics")),
      Map.entry("tools.jackson", Set.of("config")),
      Map.entry("com.fasterxml.jackson.annotation", Set.of("config")), // Jackson 3's own, still
      Map.entry("javax.crypto", Set.of("crypto")),
      Map.entry("java.lang.foreign", Set.of("session.cache")),
      Map.entry("io.lettuce", Set.of("session.redis")),
      Map.entry("com.nimbusds", Set.of("oidc")),
      Map.entry("java.net.http", Set.of("oidc")),
      Map.entry("gg.jte", Set.of("pages")),
      Map.entry("com.google.protobuf", Set.of("session", "login")),
      Map.entry("dev.limen.session.v1", Set.of("session", "login")),
      Map.entry("io.netty.handler.codec.http", Set.of("http")),
      Map.entry("io.netty.handler.codec.http2", Set.of("grpc")),
      Map.entry("io.netty", Set.of("http", "grpc", "server")),
      Map.entry("io.grpc", Set.of("admin")),
      Map.entry("picocli", Set.of("server")));

  /** What every room may know: the language, its own neighbours below, the log's facade. */
  private static final List<String> KNOWN_TO_ALL = List.of(
      "java", "javax.net.ssl", "dev.limen", "org.slf4j", "org.jspecify");

  /** The one room that lets a request pass. */
  private static final String ROOM_THAT_ALLOWS = "authz";

  /** Names that say nothing about what is inside. */
  private static final Set<String> NO_NAMES = Set.of(
      "util", "utils", "common", "core", "impl", "manager", "helper", "helpers", "misc", "shared");

  /** The room that says what time it is; below it time is an argument. */
  private static final Set<String> ROOMS_WITH_CLOCKS = Set.of("server");

  /** The doors: how long something takes they measure; what time it is they do not know. */
  private static final Set<String> ROOMS_WITH_STOPWATCHES = Set.of("http", "grpc");

  /** Classes outside of those rooms that read a clock, each with its reason. */
  private static final Map<String, String> CLOCKS_ALLOWED = Map.of(
      "dev.limen.authz.Deadline",
      "how long to wait is known only when the waiting begins, after the store has answered",
      "dev.limen.check.PendingCheck",
      "both doors' deadline, counted from when the answer was not there at once",
      "dev.limen.oidc.Presence",
      "how long is left to wait for a provider to go away; nothing is decided by it",
      "dev.limen.oidc.TokenEndpoint",
      "what is left of a request's time after it waited for its turn",
      "dev.limen.session.redis.RedisLink",
      "how many answers were late in the last two seconds; no session lives by it",
      "dev.limen.session.LoadTurns",
      "how long a load has waited for its turn: that alone is refused by it",
      "dev.limen.metrics.Metrics",
      "the age of a figure; nothing is decided by it");

  /** Rooms where equal bytes and guessed numbers would be a way in. */
  private static final Set<String> ROOMS_WITH_SECRETS = Set.of(
      "crypto", "session", "session.memory", "session.redis", "session.cache", "oidc", "login");

  /** Methods in those rooms that compare bytes plainly, each with its reason. */
  private static final Map<String, String> PLAIN_COMPARISON_ALLOWED = Map.of(
      "dev.limen.session.SessionKey.equals",
      "the name of a record, derived one way; who could time this has the store already",
      "dev.limen.crypto.KeyRing.keyOf",
      "the id of a key, which stands in the open in whatever the key sealed",
      "dev.limen.session.redis.RedisStore.watched",
      "the version of a record, which is no secret");

  /** Methods in those rooms that roll dice, each with its reason. */
  private static final Map<String, String> DICE_ALLOWED = Map.of(
      "dev.limen.session.redis.RedisLink.retry",
      "the pause before the next attempt to connect; nothing is made of it",
      "dev.limen.session.redis.RedisBreaker.probeLater",
      "the pause before a slow Redis is asked again; nothing is made of it",
      "dev.limen.login.RefreshFlight.jittered",
      "the pause before the next look at a session that somebody else renews",
      "dev.limen.login.RefreshBackoff.rolled",
      "the pause before a provider that failed is asked again");

  /** Classes that know a library outside of its room, each with its reason. */
  private static final Map<String, String> GUESTS = Map.of(
      "dev.limen.session.redis.RedisConnections knows io.netty",
      "Lettuce hands out a future of Netty's when its threads are to end");

  private static final Set<String> WALL_READS = Set.of(
      "java.lang.System.currentTimeMillis", "java.time.Instant.now",
      "java.time.LocalDateTime.now", "java.time.LocalDate.now", "java.time.ZonedDateTime.now",
      "java.time.OffsetDateTime.now", "java.time.Clock.systemUTC",
      "java.time.Clock.systemDefaultZone",
      "java.time.InstantSource.system", "java.util.Date.<init>");
  private static final Set<String> CLOCK_READS =
      Stream.concat(WALL_READS.stream(), Stream.of("java.lang.System.nanoTime"))
          .collect(Collectors.toUnmodifiableSet());

  private static final Set<String> PLAIN_COMPARISONS = Set.of(
      "java.util.Arrays.equals", "java.util.Arrays.compare", "java.util.Arrays.mismatch",
      "java.nio.ByteBuffer.mismatch");

  private static final Set<String> GUESSABLE_CALLS = Set.of(
      "java.lang.Math.random", "java.util.UUID.randomUUID");

  private static final Set<String> GUESSABLE = Set.of(
      "java.util.Random", "java.util.SplittableRandom", "java.util.concurrent.ThreadLocalRandom",
      "java.util.random.RandomGenerator", "java.util.random.RandomGeneratorFactory");
  // spotless:on

  private static final Path CLASSES = Path.of("target", "classes").toAbsolutePath();
  private static final JavaClasses HOUSE = readHouse();

  /** The planted classes, once they are compiled. */
  private static JavaClasses garden = HOUSE;

  @BeforeAll
  static void plant(@TempDir Path directory) throws IOException {
    PlantedClass.compile(CLASSES, directory);
    garden = new ClassFileImporter().importPath(directory);
  }

  @Test
  void everyPackageIsOnThePlan() {
    assertThat(packagesNotOnThePlan(HOUSE)).isEmpty();
  }

  @Test
  void everyRoomLooksDownOnly() {
    assertThat(looksUpOrSideways(HOUSE)).isEmpty();
  }

  @Test
  void eachLibraryIsKnownInItsOwnRoom() {
    assertThat(librariesInOtherRooms(HOUSE)).isEmpty();
  }

  @Test
  void onlyTheRoomThatDecidesCanWriteAnAllow() {
    assertThat(allows(HOUSE)).isEmpty();
    assertThat(HOUSE.stream().flatMap(FloorPlanTest::accesses).filter(FloorPlanTest::isAllow))
        .isNotEmpty();
  }

  @Test
  void noPackageAndNoClassIsNamedAfterNothing() {
    assertThat(namedAfterNothing(HOUSE)).isEmpty();
  }

  @Test
  void timeIsAnArgumentBelowTheDoors() {
    assertThat(clockReads(HOUSE)).isEmpty();
  }

  @Test
  void secretsAreComparedInConstantTime() {
    assertThat(plainComparisons(HOUSE)).isEmpty();
  }

  @Test
  void secretsAreNotMadeFromGuessableNumbers() {
    assertThat(guessableNumbers(HOUSE)).isEmpty();
  }

  @Test
  void theHouseIsNotEmpty() {
    assertThat(HOUSE.contain("dev.limen.check.Decision")).isTrue();
    assertThat(HOUSE.contain("dev.limen.authz.RouteTable")).isTrue();
  }

  @Test
  void everyExceptionIsStillNeeded() {
    assertThat(usedBy(access -> CLOCK_READS.contains(targetOf(access)), FloorPlanTest::classOf))
        .containsAll(CLOCKS_ALLOWED.keySet());
    assertThat(
            usedBy(access -> PLAIN_COMPARISONS.contains(targetOf(access)), FloorPlanTest::originOf))
        .containsAll(PLAIN_COMPARISON_ALLOWED.keySet());
    assertThat(usedBy(FloorPlanTest::rollsDice, FloorPlanTest::originOf))
        .containsAll(DICE_ALLOWED.keySet());
    assertThat(dependencies(HOUSE, (found, each) -> found.add(guest(each))))
        .containsAll(GUESTS.keySet());
  }

  @ParameterizedTest
  @FieldSource("dev.limen.PlantedClass#ALL")
  void aPlantedViolationIsFound(PlantedClass planted) {
    JavaClasses alone =
        garden.that(
            DescribedPredicate.describe("planted", each -> each.getName().equals(planted.name())));
    Set<String> found =
        switch (planted.rule()) {
          case "direction" -> looksUpOrSideways(alone);
          case "plan" -> packagesNotOnThePlan(alone);
          case "name" -> namedAfterNothing(alone);
          case "library" -> librariesInOtherRooms(alone);
          case "clock" -> clockReads(alone);
          case "comparison" -> plainComparisons(alone);
          case "allow" -> allows(alone);
          default -> guessableNumbers(alone);
        };
    assertThat(found).isNotEmpty();
  }

  private static JavaClasses readHouse() {
    // What a class names is enough to judge it; reading the libraries too takes ten times as long.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter().importPath(CLASSES);
  }

  private static Set<String> packagesNotOnThePlan(JavaClasses classes) {
    Set<String> found = new TreeSet<>();
    for (JavaClass each : classes) {
      if (roomOf(each.getPackageName()) == null) {
        found.add(each.getPackageName());
      }
    }
    return found;
  }

  private static Set<String> looksUpOrSideways(JavaClasses classes) {
    return dependencies(
        classes,
        (found, dependency) -> {
          JavaClass origin = dependency.getOriginClass();
          String from = roomOf(origin.getPackageName());
          String to = roomOf(dependency.getTargetClass().getBaseComponentType().getPackageName());
          if (from != null && to != null && !from.equals(to) && floor(from) <= floor(to)) {
            found.add(from + " looks at " + to + ": " + dependency.getDescription());
          }
        });
  }

  private static Set<String> librariesInOtherRooms(JavaClasses classes) {
    return dependencies(
        classes,
        (found, dependency) -> {
          String room = roomOf(dependency.getOriginClass().getPackageName());
          String library = libraryOf(dependency);
          if (library != null
              && !GUESTS.containsKey(guest(dependency))
              && !ROOMS_OF_LIBRARIES.getOrDefault(library, Set.of()).contains(room)) {
            found.add(room + " knows " + library + ": " + dependency.getDescription());
          }
        });
  }

  private static Set<String> allows(JavaClasses classes) {
    Set<String> found = new TreeSet<>();
    for (JavaClass each : classes) {
      if (!ROOM_THAT_ALLOWS.equals(roomOf(each.getPackageName()))) {
        accesses(each)
            .filter(FloorPlanTest::isAllow)
            .forEach(access -> found.add(access.getDescription()));
      }
    }
    return found;
  }

  private static boolean isAllow(JavaAccess<?> access) {
    return targetOf(access).equals("dev.limen.check.Decision$Allow.<init>");
  }

  private static Set<String> namedAfterNothing(JavaClasses classes) {
    Set<String> found = new TreeSet<>();
    for (JavaClass each : classes) {
      for (String part : each.getPackageName().split("\\.")) {
        if (NO_NAMES.contains(part)) {
          found.add(each.getPackageName());
        }
      }
      if (each.getSimpleName().matches(".*(Utils?|Helpers?|Manager|Impl|Misc|Common)")) {
        found.add(each.getName());
      }
    }
    return found;
  }

  private static Set<String> clockReads(JavaClasses classes) {
    Set<String> found = new TreeSet<>();
    for (JavaClass each : classes) {
      String room = roomOf(each.getPackageName());
      if (!ROOMS_WITH_CLOCKS.contains(room == null ? "" : room)
          && !CLOCKS_ALLOWED.containsKey(outermost(each))) {
        addCalls(each, ROOMS_WITH_STOPWATCHES.contains(room) ? WALL_READS : CLOCK_READS, found);
      }
    }
    return found;
  }

  private static Set<String> plainComparisons(JavaClasses classes) {
    Set<String> found = new TreeSet<>();
    for (JavaClass each : classes) {
      String room = roomOf(each.getPackageName());
      if (ROOMS_WITH_SECRETS.contains(room == null ? "" : room)) {
        addCalls(each, PLAIN_COMPARISONS, found);
      }
    }
    return found;
  }

  private static Set<String> guessableNumbers(JavaClasses classes) {
    Set<String> found = new TreeSet<>();
    for (JavaClass each : classes) {
      String room = roomOf(each.getPackageName());
      if (ROOMS_WITH_SECRETS.contains(room == null ? "" : room)) {
        accesses(each)
            .filter(FloorPlanTest::rollsDice)
            .filter(access -> !DICE_ALLOWED.containsKey(originOf(access)))
            .forEach(access -> found.add(access.getDescription()));
      }
    }
    return found;
  }

  private static boolean rollsDice(JavaAccess<?> access) {
    return GUESSABLE.contains(access.getTargetOwner().getName())
        || GUESSABLE_CALLS.contains(targetOf(access));
  }

  private static void addCalls(JavaClass origin, Set<String> names, Set<String> found) {
    accesses(origin)
        .filter(access -> names.contains(targetOf(access)))
        .filter(access -> !isAllowedComparison(access))
        .forEach(access -> found.add(access.getDescription()));
  }

  /** Calls, constructor calls and references to both. */
  private static Stream<JavaAccess<?>> accesses(JavaClass origin) {
    return Stream.of(
            origin.getMethodCallsFromSelf(),
            origin.getConstructorCallsFromSelf(),
            origin.getMethodReferencesFromSelf(),
            origin.getConstructorReferencesFromSelf())
        .flatMap(Set::stream);
  }

  /** Who does what an exception is for, named as the exception names it. */
  private static Set<String> usedBy(
      Predicate<JavaAccess<?>> use, Function<JavaAccess<?>, String> name) {
    return HOUSE.stream()
        .flatMap(FloorPlanTest::accesses)
        .filter(use)
        .map(name)
        .collect(Collectors.toSet());
  }

  private static String guest(Dependency dependency) {
    return outermost(dependency.getOriginClass()) + " knows " + libraryOf(dependency);
  }

  private static String classOf(JavaAccess<?> access) {
    return outermost(access.getOriginOwner());
  }

  private static String originOf(JavaAccess<?> access) {
    return outermost(access.getOriginOwner()) + "." + access.getOrigin().getName();
  }

  private static String targetOf(JavaAccess<?> access) {
    return access.getTargetOwner().getName() + "." + access.getName();
  }

  private static boolean isAllowedComparison(JavaAccess<?> access) {
    return PLAIN_COMPARISONS.contains(targetOf(access))
        && PLAIN_COMPARISON_ALLOWED.containsKey(originOf(access));
  }

  private static Set<String> dependencies(
      JavaClasses classes, BiConsumer<Set<String>, Dependency> rule) {
    Set<String> found = new TreeSet<>();
    for (JavaClass each : classes) {
      for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
        rule.accept(found, dependency);
      }
    }
    return found;
  }

  /** The room that a package is, or is generated for; null if it is none of ours. */
  private static @Nullable String roomOf(String packageName) {
    if (packageName.equals("dev.limen.pages.jte")) {
      return "pages";
    }
    String room = packageName.startsWith("dev.limen.") ? packageName.substring(10) : "";
    return FLOORS.containsKey(room) ? room : null;
  }

  private static int floor(String room) {
    return FLOORS.getOrDefault(room, -1);
  }

  /**
   * The longest name in the tables that is the package or stands above it, the package itself if
   * there is none, null for what every room may know.
   */
  private static @Nullable String libraryOf(Dependency dependency) {
    String known = dependency.getTargetClass().getBaseComponentType().getPackageName();
    String name =
        Stream.concat(ROOMS_OF_LIBRARIES.keySet().stream(), KNOWN_TO_ALL.stream())
            .filter(each -> known.equals(each) || known.startsWith(each + "."))
            .reduce("", (one, other) -> one.length() < other.length() ? other : one);
    return KNOWN_TO_ALL.contains(name) || known.isEmpty() ? null : name.isEmpty() ? known : name;
  }

  private static String outermost(JavaClass each) {
    String name = each.getName();
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }
}
