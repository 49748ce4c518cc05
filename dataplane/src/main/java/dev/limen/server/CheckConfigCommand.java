package dev.limen.server;

import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.session.ConfiguredKeyRing;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code limen check-config}: says what is wrong with a configuration, or that nothing is.
 *
 * <p>Invariant: reads what a start would read and touches nothing else: no port, no store, no
 * provider.
 */
@Command(
    name = "check-config",
    description = "Says what is wrong with a configuration, without starting.",
    mixinStandardHelpOptions = true)
final class CheckConfigCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration, in YAML.")
  private Path file = Path.of("");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    ConfigLoader loader = new ConfigLoader(System.getenv());
    LimenConfig config = loader.load(file);
    if (!config.cookie().secrets().isEmpty()) {
      ConfiguredKeyRing.of(config.cookie().secrets());
    }
    PrintWriter out = spec.commandLine().getOut();
    loader.warnings().forEach(warning -> out.println("warning: " + warning));
    out.println(
        file
            + " is good: "
            + config.providers().size()
            + " provider(s), "
            + config.routes().size()
            + " route(s), sessions in "
            + config.session().store().type().name().toLowerCase(java.util.Locale.ROOT));
    return 0;
  }
}
