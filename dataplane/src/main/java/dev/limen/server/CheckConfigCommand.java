package dev.limen.server;

import dev.limen.config.ConfigFinding;
import dev.limen.config.ConfigLoader;
import dev.limen.config.ConfigReport;
import dev.limen.config.LimenConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code limen check-config}: says all that is wrong with a configuration, as a compiler does.
 *
 * <pre>
 *   limen.yaml:12:5: error: session.idleTimeout: found 13h, expected …
 *   limen.yaml:3: warning: session.store.type is memory: …
 *   1 error, 1 warning
 * </pre>
 *
 * <p>Invariant: reads what a start would read and touches nothing else: no port, no store, and no
 * provider unless asked to.
 */
@Command(
    name = "check-config",
    description = "Says what is wrong with a configuration, without starting.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the configuration is good",
      "1:it is good, and with --online a provider does not answer as it must",
      "2:something is wrong with it; each problem has its line"
    },
    mixinStandardHelpOptions = true)
final class CheckConfigCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration, in YAML.")
  private Path file = Path.of("");

  @Option(
      names = "--online",
      description =
          "Also ask each provider and bearer issuer for its keys, with the file's timeouts.")
  private boolean online;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    ConfigReport report = new ConfigLoader(System.getenv()).check(file);
    LimenConfig config = report.config();
    List<ConfigFinding> errors = new ArrayList<>(report.errors());
    if (config != null) {
      StartCheck.refusals(config).forEach(each -> errors.add(report.finding(each)));
    }
    List<ConfigFinding> warnings = report.warningFindings();
    errors.forEach(each -> err.println(each.line(file.toString(), "error")));
    warnings.forEach(each -> err.println(each.line(file.toString(), "warning")));
    err.println(counted(errors.size(), "error") + ", " + counted(warnings.size(), "warning"));
    if (config == null || !errors.isEmpty()) {
      return 2;
    }
    out.println(summary(config));
    return !online || new OnlineCheck(out, err).isGood(config) ? 0 : 1;
  }

  private String summary(LimenConfig config) {
    return file
        + " is good: "
        + config.providers().size()
        + " provider(s), "
        + config.routes().size()
        + " route(s), sessions in "
        + config.session().store().type().name().toLowerCase(java.util.Locale.ROOT);
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }
}
