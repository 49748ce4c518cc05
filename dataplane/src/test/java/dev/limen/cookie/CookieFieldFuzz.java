package dev.limen.cookie;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.limen.bytes.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/** Any bytes as a Cookie field: the reader finds what a reader that splits finds. */
@NullMarked
class CookieFieldFuzz {
  private static final CookieField SID = new CookieField("sid");

  @FuzzTest
  void aSplittingReaderAgrees(byte[] field) {
    long expected = splitAndFind(new String(field, StandardCharsets.ISO_8859_1));
    long found = SID.find(field, Span.of(0, field.length));
    if (found != expected) {
      throw new AssertionError("found=" + found + " expected=" + expected);
    }
  }

  /** The same grammar by splitting at every separator, and counting how far that is. */
  private static long splitAndFind(String field) {
    List<Long> found = new ArrayList<>();
    int at = 0;
    for (String raw : field.split("[;,]", -1)) {
      int start = 0;
      int end = raw.length();
      while (start < end && isBlank(raw.charAt(start))) {
        start++;
      }
      while (end > start && isBlank(raw.charAt(end - 1))) {
        end--;
      }
      if (raw.substring(start, end).startsWith("sid=")) {
        found.add(Span.of(at + start + "sid=".length(), at + end));
      }
      at += raw.length() + 1;
    }
    if (found.size() > 1) {
      return Span.AMBIGUOUS;
    }
    return found.isEmpty() ? Span.ABSENT : found.getFirst();
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }
}
