package dev.limen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * The tree is tidy: what neither compiler nor formatter says.
 *
 * <p>Invariant: looks at every hand-written Java file of every module, tests included.
 */
@NullMarked
class TidyTest {
  private static final int MAX_LINES = 500;
  // Written in parts, so that this file does not find itself.
  private static final List<String> PROMISES = List.of("TO" + "DO", "FIX" + "ME", "X" + "XX:");
  private static final List<String> SKIPS = List.of("@Dis" + "abled", "@Ig" + "nore");
  private static final String SUPPRESSION = "@Suppress" + "Warnings";

  private static List<Path> files() throws IOException {
    Path root = Path.of(System.getProperty("limen.root", ".."));
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(file -> file.toString().endsWith(".java"))
          .filter(file -> file.toString().contains("/src/"))
          .filter(file -> !file.toString().contains("/target/"))
          .toList();
    }
  }

  private static List<String> linesOf(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> untidy(List<String> lines) {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (PROMISES.stream().anyMatch(line::contains)) {
        found.add((i + 1) + ": a promise; open an issue instead");
      }
      if (SKIPS.stream().anyMatch(line::contains)) {
        found.add((i + 1) + ": a test that does not run");
      }
      if (line.strip().startsWith(SUPPRESSION) && !hasReason(lines, i)) {
        found.add((i + 1) + ": a suppressed warning without its reason beside it");
      }
    }
    if (lines.size() > MAX_LINES) {
      found.add(lines.size() + " lines, of at most " + MAX_LINES);
    }
    return found;
  }

  /** Beside it: on the line of the annotation, or right above or under it. */
  private static boolean hasReason(List<String> lines, int at) {
    boolean above = at > 0 && lines.get(at - 1).strip().startsWith("//");
    boolean under = at + 1 < lines.size() && lines.get(at + 1).strip().startsWith("//");
    return above || under || lines.get(at).contains("//");
  }

  @Test
  void everyFileIsTidy() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : files()) {
      untidy(linesOf(file)).forEach(what -> found.add(file + ":" + what));
    }
    assertThat(files()).hasSizeGreaterThan(20);
    assertThat(found).isEmpty();
  }

  @Test
  void whatIsUntidyIsFound() {
    assertThat(untidy(List.of("// " + PROMISES.getFirst() + ": later"))).hasSize(1);
    assertThat(untidy(List.of("  " + SKIPS.getFirst(), "  @Test"))).hasSize(1);
    assertThat(untidy(List.of("  " + SUPPRESSION + "(\"unused\")", "int x;"))).hasSize(1);
    assertThat(untidy(List.of("  " + SUPPRESSION + "(\"unused\") // by reflection"))).isEmpty();
    assertThat(untidy(List.of("// by reflection", SUPPRESSION + "(\"unused\")"))).isEmpty();
    assertThat(untidy(java.util.Collections.nCopies(MAX_LINES, ""))).isEmpty();
    assertThat(untidy(java.util.Collections.nCopies(MAX_LINES + 1, ""))).hasSize(1);
  }
}
