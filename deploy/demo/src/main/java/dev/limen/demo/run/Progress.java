package dev.limen.demo.run;

/** Where a line goes that tells a waiting person what is being done. */
@FunctionalInterface
public interface Progress {
  /** Says nothing. */
  Progress SILENT = _ -> {};

  void say(String line);
}
