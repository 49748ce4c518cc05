package dev.limen.server;

import picocli.CommandLine.IVersionProvider;

/**
 * Which Limen this is, as the build wrote it into the jar's manifest.
 *
 * <p>Invariant: never fails; outside a jar it is {@code development}.
 */
public final class Version implements IVersionProvider {
  /** {@code 0.1.0}, or {@code development}. */
  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"limen " + text()};
  }
}
