package dev.limen.server;

import dev.limen.config.LimenConfig;
import dev.limen.session.RevocationScope;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * What {@code limen revoke} shall end, as it was typed.
 *
 * <p>Invariant: what the configuration does not know is refused, since a watermark over a name that
 * nobody has would be "done" and end nothing. Its text holds no name.
 */
final class RevokeTarget {
  private static final String SESSION = "[0-9a-f]{16}";

  @Option(names = "--session", paramLabel = "ID", description = "One session, as the log calls it.")
  private @Nullable String session;

  @Option(names = "--user", paramLabel = "SUB", description = "All sessions of one user.")
  private @Nullable String user;

  @Option(
      names = "--sid",
      paramLabel = "SID",
      description = "All sessions that came out of one session at the provider.")
  private @Nullable String sid;

  @Option(
      names = "--provider",
      paramLabel = "ID",
      description = "All sessions that began at one provider of the configuration.")
  private @Nullable String provider;

  @Option(names = "--all", description = "All sessions.")
  private boolean everyone;

  /** What the log calls the session; null if something else shall end. */
  @Nullable String session() {
    return session;
  }

  /** Whether it ends the sessions of more than one user. */
  boolean isWide() {
    return everyone || provider != null;
  }

  /** Why this cannot be meant, or null. */
  @Nullable String refusal(LimenConfig config, @Nullable String issuer) {
    List<String> issuers = issuersOf(config);
    List<String> providers = config.providers().stream().map(each -> each.id()).toList();
    if (session != null && !session.matches(SESSION)) {
      return "--session: expected the 16 hexadecimal digits that stand after session= in the log";
    }
    if (provider != null && !providers.contains(provider)) {
      return "--provider: expected one of " + String.join(", ", providers);
    }
    if ("".equals(user) || "".equals(sid)) {
      return "--user and --sid: expected a name";
    }
    if (issuer != null && user == null && sid == null) {
      return "--issuer: goes with --user and --sid";
    }
    if (issuer != null && !issuers.contains(issuer)) {
      return "--issuer: expected one of " + String.join(", ", issuers);
    }
    boolean needsIssuer = (user != null || sid != null) && issuer == null;
    return needsIssuer && issuers.size() != 1
        ? "--issuer: has to be given, one of " + String.join(", ", issuers)
        : null;
  }

  /** What it comes to, for all but a session. */
  RevocationScope scope(LimenConfig config, @Nullable String issuer) {
    String of = issuer == null ? issuersOf(config).getFirst() : issuer;
    if (user != null) {
      return new RevocationScope.User(of, user);
    }
    if (sid != null) {
      return new RevocationScope.ProviderSession(of, sid);
    }
    return everyone
        ? new RevocationScope.Everyone()
        : new RevocationScope.Provider(Objects.requireNonNull(provider));
  }

  private static List<String> issuersOf(LimenConfig config) {
    return config.providers().stream()
        .map(each -> each.oidcConfig().issuerURL().toString())
        .distinct()
        .toList();
  }

  @Override
  public String toString() {
    if (session != null) {
      return "this session";
    }
    if (user != null) {
      return "all sessions of this user";
    }
    if (sid != null) {
      return "all sessions of this session at the provider";
    }
    return everyone ? "all sessions" : "all sessions that began at this provider";
  }
}
