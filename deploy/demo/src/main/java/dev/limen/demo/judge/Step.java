package dev.limen.demo.judge;

import java.io.IOException;

/**
 * One row of the table of 21.
 *
 * @param check does what the row says, and judges it
 */
record Step(int number, String who, String what, Check check) {

  /** Returns what was seen, in a few words; throws {@link StepFailed} if it does not hold. */
  @FunctionalInterface
  interface Check {
    String run() throws IOException;
  }
}
