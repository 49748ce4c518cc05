package dev.limen.server;

import dev.limen.config.ConfigException;
import dev.limen.config.ConfigFinding;
import dev.limen.config.ConfigReport;
import dev.limen.config.LimenConfig;
import dev.limen.config.RestartOnly;
import dev.limen.metrics.Counter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the configuration's files while the process runs.
 *
 * <pre>
 *   files differ ── twice the same? ──no──> wait for the next look: they are being written
 *                        │yes
 *     read, checked as a whole ──bad──> last good stays          outcome refused
 *                        │good
 *     new providers known in time? ──no──> last good stays,      outcome provider_unknown
 *                        │yes              tried again at each look
 *     one reference changes                                      outcome applied
 * </pre>
 *
 * <p>Invariant: a configuration is in force whole or not at all, and what is in force was good. A
 * reload that did not come about is in the log, in two metrics and in the detail of {@code /ready},
 * which stays on. All of it happens on a thread of its own; no event loop waits for it.
 */
final class ConfigReload implements AutoCloseable {
  /** How often the files are looked at: {@code configPoll}. */
  static final Duration CONFIG_POLL = Duration.ofSeconds(1);

  /** How long the providers that are new may take to be known. */
  static final Duration PROVIDER_PATIENCE = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(ConfigReload.class);
  private static final String SUBJECT = "configuration";

  private final ConfigFiles files;
  private final Rooms rooms;
  private final Counter reloads;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("limen-config").daemon().factory());

  /** Of the files as they were when what is in force was read. */
  private Map<Path, String> applied;

  private Map<Path, String> tried = Map.of();
  private Map<Path, String> seen = Map.of();
  private boolean again;
  private String said = "";
  private List<String> waiting = List.of();
  private volatile boolean successful = true;

  private ConfigReload(ConfigFiles files, Rooms rooms) {
    this.files = files;
    this.rooms = rooms;
    this.applied = files.stamps();
    this.reloads =
        rooms
            .metrics()
            .counter(
                "limen_config_reloads_total",
                "Changes of the configuration's files, by what became of them",
                "outcome");
    rooms
        .metrics()
        .gauge(
            "limen_config_last_reload_successful",
            "1 if the files say what is in force, 0 if the last good configuration had to stay",
            () -> successful ? 1 : 0);
  }

  /** Begins to look at {@code files}, which were read before; the first look reads them again. */
  static ConfigReload start(ConfigFiles files, Rooms rooms, Duration poll) {
    ConfigReload reload = new ConfigReload(files, rooms);
    ScheduledFuture<?> _ =
        reload.thread.scheduleWithFixedDelay(
            reload::look, 0, poll.toMillis(), TimeUnit.MILLISECONDS);
    return reload;
  }

  /** Reads the files now, changed or not, as an operator asks for it. */
  void now() {
    try {
      thread.execute(() -> guarded(this::reload));
    } catch (RejectedExecutionException e) {
      LOG.debug("a reload was asked for after the end");
    }
  }

  private void look() {
    guarded(() -> {
      Map<Path, String> found = files.stamps();
      boolean settled = found.equals(seen);
      seen = found;
      if (settled && (again || !found.equals(tried))) {
        reload();
      }
    });
  }

  /** Never throws, since the scheduler would not look again. */
  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (ConfigException e) {
      refuse("refused", String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("a reload met a defect", e);
      refuse("refused", e.getClass().getSimpleName());
    }
  }

  private void reload() {
    again = false;
    Map<Path, String> read = files.stamps();
    tried = read;
    ConfigReport report = files.read();
    if (report.files().stream().anyMatch(file -> !read.containsKey(file))) {
      // A file that is new here is stamped from now on, which is no change of it.
      tried = files.stamps();
    }
    LimenConfig wanted = report.config();
    if (wanted == null) {
      refuse("refused", lines(report.errors()));
      return;
    }
    RestartOnly.Effective effective = RestartOnly.of(rooms.config(), wanted);
    Set<Path> changed = changedAuthorities(effective.config());
    if (effective.config().equals(rooms.config()) && changed.isEmpty()) {
      succeed(effective.waiting(), report);
    } else {
      apply(effective, changed, report);
    }
  }

  private void apply(RestartOnly.Effective effective, Set<Path> changed, ConfigReport report) {
    Generation next;
    try {
      next = rooms.next(effective.config(), changed);
    } catch (ConfigException e) {
      refuse("refused", lines(List.of(report.finding(e))));
      return;
    }
    List<String> unknown = learned(next);
    if (!unknown.isEmpty()) {
      next.abandon(rooms.current(), rooms.metrics());
      again = true;
      refuse("provider_unknown", "providers not known yet, trying again: " + unknown);
      return;
    }
    rooms.replaceBy(next);
    reloads.increment("applied");
    LOG.info(
        "configuration reloaded: {} provider(s), {} route(s)",
        effective.config().providers().size(),
        effective.config().routes().size());
    report.warnings().forEach(LOG::warn);
    succeed(effective.waiting(), report);
  }

  private static List<String> learned(Generation next) {
    next.begin();
    try {
      return next.unknownAfter(PROVIDER_PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of("interrupted");
    }
  }

  /** Also after a reading that changed nothing: the files say what is in force again. */
  private void succeed(List<String> needRestart, ConfigReport report) {
    applied = tried;
    files.keepOnly(report.files());
    successful = true;
    said = "";
    List<String> lines = needRestart.stream().map(key -> "needs a restart: " + key).toList();
    if (!needRestart.equals(waiting)) {
      waiting = needRestart;
      lines.forEach(LOG::warn);
    }
    rooms.readiness().note(SUBJECT, String.join("; ", lines));
  }

  private void refuse(String outcome, String why) {
    if (thread.isShutdown()) {
      return;
    }
    successful = false;
    reloads.increment(outcome);
    String text = "not reloaded, the last good one stays in force: " + why;
    if (!text.equals(said)) {
      said = text;
      LOG.error("configuration {}", text);
    }
    rooms.readiness().note(SUBJECT, text);
  }

  private String lines(List<ConfigFinding> findings) {
    return String.join(
        "; ", findings.stream().map(each -> each.line(files.name(), "error")).toList());
  }

  /** CA files that hold something else now; what other files hold is in the configuration. */
  private Set<Path> changedAuthorities(LimenConfig config) {
    Set<Path> named = new HashSet<>();
    config.providers().forEach(each -> named.addAll(each.caFiles()));
    config.bearer().issuers().forEach(each -> named.addAll(each.caFiles()));
    Set<Path> changed = new HashSet<>();
    for (Path file : named) {
      String before = applied.get(file);
      if (before != null && !before.equals(tried.get(file))) {
        changed.add(file);
      }
    }
    return changed;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
