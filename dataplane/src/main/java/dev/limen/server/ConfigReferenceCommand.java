package dev.limen.server;

import dev.limen.config.ConfigReference;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code limen config-reference}: every key with its type, default, bounds, variable and meaning.
 *
 * <p>Invariant: prints {@code deploy/limen/configuration.md}, to the letter.
 */
@Command(
    name = "config-reference",
    description = "Prints every key of the configuration, as a page of Markdown.",
    mixinStandardHelpOptions = true)
final class ConfigReferenceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(ConfigReference.markdown());
    spec.commandLine().getOut().flush();
    return 0;
  }
}
