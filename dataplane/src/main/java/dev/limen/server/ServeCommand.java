package dev.limen.server;

import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code limen serve}: runs the authenticator until SIGTERM or SIGINT.
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
      stop.serving(start());
      return SERVING;
    } catch (RuntimeException e) {
      stop.cancel();
      throw e;
    }
  }

  private LimenServer start() {
    ConfigLoader loader = new ConfigLoader(System.getenv());
    LimenConfig config = loader.load(file);
    // Before the first logger is made: the logging room reads its level once.
    System.setProperty("limen.log.level", config.logging().level().name().toLowerCase(Locale.ROOT));
    Logger log = LoggerFactory.getLogger(ServeCommand.class);
    loader.warnings().forEach(log::warn);
    return LimenServer.start(config);
  }
}
