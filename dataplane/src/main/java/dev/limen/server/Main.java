package dev.limen.server;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line.
 *
 * <p>Invariant: exit codes scripts can trust: 0 done, 1 failed while running, 2 wrong usage or
 * wrong configuration, with one line on standard error that says what was expected.
 */
@Command(
    name = "limen",
    description = "The session authenticator behind an Istio or Envoy ingress gateway.",
    subcommands = {
      ServeCommand.class,
      CheckConfigCommand.class,
      RevokeCommand.class,
      ConfigReferenceCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class Main {
  private Main() {}

  /** Runs the command that {@code arguments} name. */
  public static void main(String[] arguments) {
    int exitCode = commandLine().execute(arguments);
    if (exitCode != ServeCommand.SERVING) {
      System.exit(exitCode);
    }
  }

  /** The command line, for the process and for its tests. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler((exception, commandLine, _) -> {
          commandLine.getErr().println("limen: " + exception.getMessage());
          return exception instanceof dev.limen.config.ConfigException
              ? CommandLine.ExitCode.USAGE
              : CommandLine.ExitCode.SOFTWARE;
        });
  }
}
