package dev.limen.faults;

import dev.limen.demo.run.Layout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the long run has shown, for whoever was not there.
 *
 * <p>Invariant: written as a whole at the end of a long run that held, with the commit that it ran
 * and the seed that gives it again; a short run writes nothing.
 */
final class Results {
  /** Promises that other tests hold. */
  private static final List<String> ELSEWHERE =
      List.of(
          "| 500 sessions expiring in the same second, provider at 1 s | not here:"
              + " `ExpiryWaveTest` | 64 renewals at once at most, none twice, and no check waits"
              + " whose token is good |",
          "| 1,000,000 checks against a model of decisions | not here: `DecisionOracleTest` |"
              + " no wrong allow |");

  private final String plan;
  private final long seed;
  private final List<String> rows = new ArrayList<>();
  private final StringBuilder runs = new StringBuilder();

  /**
   * A page with no rows yet.
   *
   * @param plan of the run, in words
   */
  Results(String plan, long seed) {
    this.plan = plan;
    this.seed = seed;
  }

  /** One line of the table. */
  void say(String what, Object seen, String promised) {
    Object shown = seen.equals(Map.of()) ? 0 : seen;
    System.out.println("faults: " + what + ": " + shown + " (" + promised + ")");
    rows.add("| " + what + " | " + shown + " | " + promised + " |");
  }

  /** All that a run says of itself. */
  void add(String title, String report) {
    System.out.println("faults: " + title + "\n" + report);
    runs.append("\n## ").append(title).append("\n\n```\n").append(report).append("```\n");
  }

  void write() throws IOException, InterruptedException {
    Path root = Layout.find().root();
    StringBuilder text = new StringBuilder("# Fault tests: the last long run\n\n");
    text.append("`./limen test --long` makes it, and writes this page if all of it held.\n\n");
    text.append("| Date | Commit | Seed | Machine |\n|---|---|---|---|\n| ");
    text.append(LocalDate.now(ZoneOffset.UTC)).append(" | `").append(commit(root));
    text.append("` | ").append(seed).append(" | ").append(machine()).append(" |\n\n");
    text.append(plan).append("\n\n");
    text.append("| What | Seen | Promised |\n|---|---|---|\n");
    rows.forEach(row -> text.append(row).append('\n'));
    ELSEWHERE.forEach(row -> text.append(row).append('\n'));
    Files.writeString(root.resolve("deploy/e2e/RESULTS.md"), text.append(runs));
  }

  private static String machine() {
    return Runtime.getRuntime().availableProcessors()
        + " processors ("
        + System.getProperty("os.arch")
        + "), Java "
        + Runtime.version().feature();
  }

  private static String commit(Path root) throws IOException, InterruptedException {
    Process git =
        new ProcessBuilder("git", "rev-parse", "--short=12", "HEAD")
            .directory(root.toFile())
            .redirectErrorStream(true)
            .start();
    git.getOutputStream().close();
    String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    boolean known = git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0;
    return known ? said : "unknown";
  }
}
