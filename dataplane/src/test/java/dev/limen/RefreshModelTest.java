package dev.limen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Every order of the steps of a refresh, gone through by a model checker.
 *
 * <p>Invariant: where {@code CI} is set a missing checker or compiler is a failure and never a
 * skipped test. Source: G. J. Holzmann, "The SPIN Model Checker" (2003).
 */
@NullMarked
class RefreshModelTest {
  private static final Path MODEL =
      Path.of(System.getProperty("limen.root", ".."), "dataplane/src/test/promela/refresh.pml");

  private static final Pattern CLAIM = Pattern.compile("(?m)^ltl ([a-z_]+)");
  private static final Pattern VERDICT = Pattern.compile("errors: ([0-9]+)");

  /** What is looked for in which world. */
  record Row(String world, List<String> holds, List<String> breaks) {
    @Override
    public String toString() {
      return world + (breaks.isEmpty() ? "" : " breaks " + breaks);
    }
  }

  private static final List<String> ALL =
      List.of(
          "one_in_flight",
          "no_reuse",
          "no_rollback",
          "no_late_write",
          "no_resurrection",
          "no_loss",
          "no_false_blame");

  // spotless:off
  /** Limen as it is: nothing breaks, but for what no scheme holds against a process that sleeps. */
  static final List<Row> AS_IT_IS = List.of(
      new Row("-DREVOKE", ALL, List.of()),
      new Row("-DREVOKE -DFAULT", ALL, List.of()),
      new Row("-DREVOKE -DFAULT -DPAUSE",
          List.of("no_rollback", "no_late_write", "no_resurrection", "no_loss"),
          List.of("one_in_flight", "no_reuse")),
      new Row("-DPAUSE -DLENIENT -DNO_FENCE", List.of("no_rollback"), List.of()));

  /** Each rule switched off alone, and the property that breaks then. */
  static final List<Row> ONE_RULE_LESS = List.of(
      new Row("-DNO_LEASE", List.of(), List.of("one_in_flight", "no_reuse")),
      new Row("-DLEASE_TOO_SHORT", List.of(), List.of("one_in_flight", "no_reuse")),
      new Row("-DNO_READ_AGAIN", List.of(), List.of("no_reuse")),
      new Row("-DFAULT -DNO_INTENT", List.of(), List.of("no_false_blame")),
      new Row("-DPAUSE -DNO_FENCE", List.of(), List.of("no_late_write")),
      // Where Redis has lost the fence, the version still keeps a late write from going back.
      new Row("-DPAUSE -DLENIENT -DNO_FENCE -DNO_COMPARE", List.of(), List.of("no_rollback")),
      new Row("-DREVOKE -DBLIND_WRITE", List.of(), List.of("no_resurrection")),
      new Row("-DFAULT -DDELETE_ON_ERROR", List.of(), List.of("no_loss")));
  // spotless:on

  @TempDir private Path folder;

  @BeforeEach
  void findTheTools() {
    boolean isThere = isInstalled("spin") && isInstalled("cc");
    String missing = "the model checker is not installed: apt-get install spin gcc libc6-dev";
    if (!isThere && System.getenv("CI") != null) {
      Assertions.fail(missing);
    }
    Assumptions.assumeTrue(isThere, missing);
  }

  private static boolean isInstalled(String name) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/bin:/usr/local/bin";
    return Arrays.stream(path.split(":"))
        .filter(each -> !each.isEmpty())
        .anyMatch(each -> Files.isExecutable(Path.of(each, name)));
  }

  @ParameterizedTest
  @FieldSource("AS_IT_IS")
  @DisplayName("Facts, section 4.2: what holds whatever the order of the steps, and what cannot")
  void holdsInEveryOrderOfSteps(Row row) throws IOException, InterruptedException {
    assertThatItIsSo(row);
  }

  @ParameterizedTest
  @FieldSource("ONE_RULE_LESS")
  @DisplayName("Each rule is needed: without it the property breaks that is named beside it")
  void everyRuleIsNeeded(Row row) throws IOException, InterruptedException {
    assertThatItIsSo(row);
  }

  @Test
  void theTableNamesEveryPropertyAndEveryRuleOfTheModel() throws IOException {
    String model = Files.readString(MODEL);
    Set<String> claims = new TreeSet<>();
    CLAIM.matcher(model).results().forEach(result -> claims.add(result.group(1)));
    assertThat(claims).containsExactlyInAnyOrderElementsOf(ALL);
    Set<String> broken = new TreeSet<>();
    ONE_RULE_LESS.forEach(row -> broken.addAll(row.breaks));
    assertThat(broken).as("each property is seen to break").containsAll(claims);
    Set<String> rules = new TreeSet<>();
    Pattern.compile("(?m)^ \\* {3}(-D[A-Z_]+)")
        .matcher(model)
        .results()
        .forEach(result -> rules.add(result.group(1)));
    assertThat(rules)
        .isNotEmpty()
        .allSatisfy(rule -> assertThat(ONE_RULE_LESS).anyMatch(row -> row.world.endsWith(rule)));
  }

  private void assertThatItIsSo(Row row) throws IOException, InterruptedException {
    compile(row.world);
    for (String claim : row.holds) {
      assertThat(errors(claim)).as(claim + " holds").isZero();
    }
    for (String claim : row.breaks) {
      assertThat(errors(claim)).as(claim + " breaks").isEqualTo(1);
    }
  }

  private void compile(String world) throws IOException, InterruptedException {
    Path model = Files.copy(MODEL, folder.resolve("refresh.pml"));
    run(Stream.of(List.of("spin"), List.of(world.split(" ")), List.of("-a", model.toString())));
    run(Stream.of(List.of("cc", "-O0", "-w", "-o", "pan", "pan.c")));
  }

  /** How many ways there are to break it: the search ends at the first. */
  private int errors(String claim) throws IOException, InterruptedException {
    String words = run(Stream.of(List.of("./pan", "-a", "-m20000", "-N", claim)));
    assertThat(words).as("searched to the end").doesNotContain("max search depth too small");
    var verdict = VERDICT.matcher(words);
    assertThat(verdict.find()).as(words).isTrue();
    return Integer.parseInt(verdict.group(1));
  }

  private String run(Stream<List<String>> parts) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    parts.forEach(command::addAll);
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    String words = Files.readString(out);
    assertThat(process.waitFor()).as(words).isZero();
    return words;
  }
}
