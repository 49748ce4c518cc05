package dev.limen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every case of attack list A is named, by its number, at the head of some test's name. */
class AttackListTest {
  private static final int CASES = 88;

  /** The numbers that a display name begins with: {@code "A33 A34: …"}, {@code "A21, A22 …"}. */
  private static final Pattern NUMBERS =
      Pattern.compile("@DisplayName\\(\\s*\"((?:[AC][0-9]{2,3}[:,]? ?)+)");

  @Test
  void everyCaseHasATestThatBeginsWithItsNumber() throws IOException {
    String heads = String.join(" ", heads());
    List<String> missing = new ArrayList<>();
    for (int number = 1; number <= CASES; number++) {
      String name = "A%02d".formatted(number);
      if (!heads.contains(name)) {
        missing.add(name);
      }
    }
    assertThat(missing).isEmpty();
  }

  private static List<String> heads() throws IOException {
    Path tests = Path.of(System.getProperty("limen.root"), "dataplane", "src", "test", "java");
    List<String> heads = new ArrayList<>();
    for (Path file : javaFiles(tests)) {
      Matcher found = NUMBERS.matcher(Files.readString(file));
      while (found.find()) {
        heads.add(found.group(1));
      }
    }
    return heads;
  }

  private static List<Path> javaFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).collect(Collectors.toList());
    }
  }
}
