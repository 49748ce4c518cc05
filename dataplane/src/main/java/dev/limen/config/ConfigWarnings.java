package dev.limen.config;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Settings that work, and that an operator should know about all the same.
 *
 * <p>Invariant: one line each, with the key and what follows from it.
 */
final class ConfigWarnings {
  private ConfigWarnings() {}

  static List<String> of(LimenConfig config) {
    List<String> warnings = new ArrayList<>();
    if (config.session().store().type() == StoreConfig.Type.MEMORY) {
      warnings.add(
          "session.store.type is memory: for one replica only, and its sessions end with the"
              + " process");
    }
    if (!config.cookie().secure()) {
      warnings.add("cookie.secure is false: the session cookie travels in clear text");
    }
    for (ProviderConfig provider : config.providers()) {
      URI back = provider.oidcConfig().backchannelBaseURL();
      if (back != null && "http".equals(back.getScheme())) {
        warnings.add(
            "providers["
                + provider.id()
                + "].oidcConfig.backchannelBaseURL is plain http: tokens travel in clear text"
                + " between here and there");
      }
    }
    return warnings;
  }
}
