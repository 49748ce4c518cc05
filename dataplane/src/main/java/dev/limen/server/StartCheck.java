package dev.limen.server;

import dev.limen.config.ConfigException;
import dev.limen.config.CookieConfig.RingKey;
import dev.limen.config.LimenConfig;
import dev.limen.metrics.Metrics;
import dev.limen.session.ConfiguredKeyRing;
import dev.limen.session.memory.MemoryStore;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * What rooms above the configuration would refuse at a start: keys of the ring, CA files, routes.
 *
 * <p>Invariant: builds what a start builds, and asks nobody: no port, no store, no provider.
 */
final class StartCheck {
  private StartCheck() {}

  /** All that is wrong; of the routes and the CA files the first. */
  static List<ConfigException> refusals(LimenConfig config) {
    List<ConfigException> refusals = new ArrayList<>();
    for (RingKey key : config.cookie().secrets()) {
      try {
        var _ = ConfiguredKeyRing.of(List.of(key));
      } catch (ConfigException e) {
        refusals.add(e);
      }
    }
    if (refusals.isEmpty()) {
      try (MemoryStore store = new MemoryStore()) {
        InstantSource clock = InstantSource.system();
        Generation.first(new Generation.Ground(store, new Metrics(), clock), config).close();
      } catch (ConfigException e) {
        refusals.add(e);
      }
    }
    return refusals;
  }
}
