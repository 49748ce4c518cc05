package dev.limen.server;

import dev.limen.metrics.Metrics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that warns again and again, and ends as Limen does.
 *
 * <p>Invariant: its log is made as Limen's is. It says on standard error that it has warned, and
 * its figures; then it ends, once its standard input says so.
 */
final class ChattyMain {
  private ChattyMain() {}

  public static void main(String[] times) throws IOException {
    LogOutput output = LogOutput.install();
    Metrics metrics = new Metrics();
    output.countIn(metrics);
    Logger log = LoggerFactory.getLogger(ChattyMain.class);
    for (int i = 0; i < Integer.parseInt(times[0]); i++) {
      log.warn("warned number={}", i);
    }
    System.err.println(
        new String(metrics.scrape(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("limen_log_lines_dropped_total "))
            .findFirst()
            .orElse("none"));
    var _ = System.in.read();
    output.close();
    Runtime.getRuntime().halt(0);
  }
}
