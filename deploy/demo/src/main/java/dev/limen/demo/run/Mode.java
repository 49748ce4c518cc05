package dev.limen.demo.run;

import java.util.Locale;

/** The dialect in which the gateway asks Limen. */
public enum Mode {
  GRPC,
  HTTP;

  public String fileName() {
    return this + ".yaml";
  }

  /** The cluster that checks go to, as the shipped file names it. */
  public String checkCluster() {
    return "limen-" + this;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
