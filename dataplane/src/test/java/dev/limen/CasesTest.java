package dev.limen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * {@code deploy/e2e/CASES.md} is true: it has every case, and what it names is in the tree.
 *
 * <p>Invariant: looks at the tests of all modules, as text.
 */
class CasesTest {
  private static final List<String> CASES =
      Stream.concat(numbers("A%02d", 1, 88), numbers("C%02d", 1, 138)).toList();

  /** Where the facts and the decisions disagree. */
  private static final List<String> YIELDING = List.of("C32", "C38", "C52");

  private static final Pattern TEST =
      Pattern.compile("`([A-Z]\\w+Test|\\w+ThroughEnvoy)(\\.\\w+)?`");

  /** The numbers that a display name begins with: {@code "A33 A34: …"}, {@code "A21, A22 …"}. */
  private static final Pattern DISPLAYED =
      Pattern.compile(
          "@DisplayName\\(\\s*\"((?:[AC][0-9]{1,3}[:,]? ?)+).*?"
              + "\n *(?:(?:public|private|static|final|default|abstract) )*(?:void|class) (\\w+)",
          Pattern.DOTALL);

  private static final Pattern NAMED = Pattern.compile("\\b(?:void|class|interface) (\\w+)");

  private static final Map<String, String> SOURCES = new HashMap<>();

  private static Stream<String> numbers(String form, int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(form::formatted);
  }

  /** One line of the table. */
  private record Line(String number, String tests, String redUnder) {
    static Line of(String row) {
      String[] cells = row.split("\\|", -1);
      return new Line(cells[1].strip(), cells[2].strip(), cells[3].strip());
    }
  }

  @BeforeAll
  static void read() throws IOException {
    try (Stream<Path> files = Files.walk(root())) {
      files
          .filter(file -> file.toString().contains("/src/test/java/"))
          .filter(file -> file.toString().endsWith(".java"))
          .forEach(CasesTest::read);
    }
  }

  private static void read(Path file) {
    try {
      String name = file.getFileName().toString();
      SOURCES.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static Path root() {
    return Path.of(System.getProperty("limen.root"));
  }

  private static List<Line> lines() throws IOException {
    return Files.readAllLines(root().resolve("deploy/e2e/CASES.md")).stream()
        .filter(line -> line.matches("\\| [AC][0-9]+ \\|.*"))
        .map(Line::of)
        .toList();
  }

  @Test
  void everyCaseHasItsLine() throws IOException {
    assertThat(lines().stream().map(Line::number)).containsExactlyElementsOf(CASES);
  }

  @Test
  void everyTestThatIsNamedExists() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Line line : lines()) {
      Matcher named = TEST.matcher(line.tests());
      while (named.find()) {
        String source = SOURCES.getOrDefault(named.group(1), "");
        String inside = named.group(2) == null ? named.group(1) : named.group(2).substring(1);
        if (NAMED.matcher(source).results().noneMatch(it -> it.group(1).equals(inside))) {
          missing.add(line.number() + " " + named.group());
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void everyCaseHasATestWhoseNameBeginsWithItsNumber() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Line line : lines()) {
      boolean begins =
          TEST.matcher(line.tests())
              .results()
              .anyMatch(test -> displays(line.number(), test.group(1), test.group(2)));
      if (!begins) {
        missing.add(line.number());
      }
    }
    assertThat(missing).isEmpty();
  }

  private static boolean displays(String number, String file, String inside) {
    int wanted = Integer.parseInt(number.substring(1));
    String name = inside == null ? file : inside.substring(1);
    return DISPLAYED
        .matcher(SOURCES.getOrDefault(file, ""))
        .results()
        .filter(shown -> shown.group(2).equals(name))
        .flatMap(shown -> Stream.of(shown.group(1).split("[:, ]+")))
        .anyMatch(shown ->
            shown.charAt(0) == number.charAt(0) && Integer.parseInt(shown.substring(1)) == wanted);
  }

  @Test
  void whatTurnsATestRedIsSaid() throws IOException {
    assertThat(lines())
        .filteredOn(line -> line.redUnder().isEmpty())
        .extracting(Line::number)
        .isEmpty();
  }

  @Test
  void aCaseThatYieldsToADecisionSaysSo() throws IOException {
    assertThat(lines())
        .filteredOn(line -> YIELDING.contains(line.number()))
        .hasSize(YIELDING.size())
        .allMatch(line -> line.tests().contains("decisions.md"));
  }
}
