package dev.limen.server;

import dev.limen.config.ConfigReport;
import dev.limen.config.LimenConfig;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code limen serve}: runs the authenticator until SIGTERM or SIGINT; SIGHUP reads its
 * configuration again, which a change of the files does too.
 *
 * <p>Invariant: on a signal the process drains and then exits with 0, whenever the signal comes.
 */
@Command(name = "serve", description = "Runs the authenticator.", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
  /** Not an exit code: the process goes on. */
  static final int SERVING = -1;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration, in YAML.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    StopOnSignal stop = StopOnSignal.register();
    try {
      stop.serving(start(stop));
      return SERVING;
    } catch (RuntimeException e) {
      stop.cancel();
      throw e;
    }
  }

  private LimenServer start(StopOnSignal stop) {
    ConfigFiles files = new ConfigFiles(file, System.getenv());
    ConfigReport report = files.read();
    LimenConfig config = report.configOrThrow();
    // Before the first logger is made: the logging room reads its level and its format once.
    System.setProperty("limen.log.level", word(config.logging().level()));
    System.setProperty("limen.log.format", word(config.logging().format()));
    LogOutput output = LogOutput.install();
    stop.writingTo(output);
    Logger log = LoggerFactory.getLogger(ServeCommand.class);
    report.warnings().forEach(log::warn);
    LimenServer server = LimenServer.start(config, output);
    ConfigReload reload = server.follow(files, ConfigReload.CONFIG_POLL);
    if (!Hangup.runs(reload::now)) {
      log.debug("there is no SIGHUP here; the files are followed all the same");
    }
    return server;
  }

  private static String word(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }
}
