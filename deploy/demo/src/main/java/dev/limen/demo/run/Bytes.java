package dev.limen.demo.run;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes searched and replaced as they are. */
public final class Bytes {
  private Bytes() {}

  /** The first place of {@code wanted} in {@code all}, or -1. */
  public static int indexOf(byte[] all, byte[] wanted) {
    for (int at = 0; at + wanted.length <= all.length; at++) {
      if (Arrays.equals(all, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
    return -1;
  }

  public static boolean contains(byte[] all, String wanted) {
    return indexOf(all, wanted.getBytes(StandardCharsets.UTF_8)) >= 0;
  }

  /** Every {@code from} becomes {@code to}, which must be as long: lengths around it stay true. */
  public static byte[] replaceSameLength(byte[] all, String from, String to) {
    byte[] wanted = from.getBytes(StandardCharsets.UTF_8);
    byte[] instead = to.getBytes(StandardCharsets.UTF_8);
    if (wanted.length != instead.length) {
      throw new IllegalArgumentException("not of one length: " + from + " and " + to);
    }
    byte[] result = all.clone();
    for (int at = indexOf(result, wanted); at >= 0; at = indexOf(result, wanted)) {
      System.arraycopy(instead, 0, result, at, instead.length);
    }
    return result;
  }
}
