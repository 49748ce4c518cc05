package dev.limen.config;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    for (ProviderConfig each : config.providers()) {
      addIfPlain(
          warnings,
          each.oidcConfig().backchannelBaseURL(),
          "providers["
              + each.id()
              + "].oidcConfig.backchannelBaseURL is plain http: tokens travel");
    }
    for (BearerConfig.IssuerConfig each : config.bearer().issuers()) {
      addIfPlain(
          warnings,
          each.backchannelBaseURL(),
          "bearer.issuers["
              + each.issuer()
              + "].backchannelBaseURL is plain http: its keys travel");
    }
    return warnings;
  }

  private static void addIfPlain(
      List<String> warnings, @Nullable URI backChannel, String whatTravels) {
    if (backChannel != null && "http".equals(backChannel.getScheme())) {
      warnings.add(whatTravels + " in clear text between here and there");
    }
  }
}
