package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.check.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What judging a path promises. */
@NullMarked
class NormalPathTest {
  private static NormalPath judge(String target) {
    byte[] bytes = ("/.." + target + "/..#").getBytes(StandardCharsets.ISO_8859_1);
    return NormalPath.of(bytes, Span.of(3, 3 + target.length()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/a",
        "/a/",
        "/a/b.c",
        "/.a/a./..a/a../...",
        "/a-_~!$&'()*+,=:@/z",
        "/public.",
        "/PUBLIC/x",
        "/.well-known/x",
      })
  void aPlainPathIsTakenByteForByte(String path) {
    assertThat(judge(path).isPlain()).isTrue();
    assertThat(judge(path).refusal()).isNull();
    assertThat(judge(path)).hasToString(path);
    assertThat(judge(path + "?x=%zz/../%2f\\;y").isPlain()).isTrue();
    assertThat(judge(path + "?x=1")).hasToString(path);
  }

  @ParameterizedTest
  @CsvSource({
    "/public/../admin,          /admin",
    "/public/%2e%2e/admin,      /admin",
    "/public/.%2e/admin,        /admin",
    "/public/%2E./admin,        /admin",
    "/public/x/../../admin,     /admin",
    "/public/x/../../../admin,  /admin",
    "/public///x/../../../admin, /admin",
    "//admin,                   /admin",
    "/public//../admin,         /admin",
    "/public/..;/admin,         /admin",
    "/public;a=b/../admin,      /admin",
    "/public/x;/..;/..;/admin,  /admin",
    "/public/%2e%2e;a=b/admin,  /admin",
    "/a/./b,                    /a/b",
    "/a/.,                      /a/",
    "/a/b/..,                   /a/",
    "/..,                       /",
    "//,                        /",
    "/a//,                      /a/",
    "/a;x,                      /a",
    "/;x,                       /",
    "/%61%62c,                  /abc",
    "/a%20b,                    /a%20b",
    "/public/%252e%252e%252fadmin, /public/%252e%252e%252fadmin",
    "/public/%c0%ae%c0%ae/admin, /public/%c0%ae%c0%ae/admin",
    "/public/%e2%88%95admin,    /public/%e2%88%95admin",
    "/a|b,                      /a|b",
  })
  void aPathThatReadersReadDifferentlyIsJudgedInItsMostCollapsedFormAndIsNotPlain(
      String path, String judged) {
    assertThat(judge(path).isPlain()).isFalse();
    assertThat(judge(path).refusal()).isNull();
    assertThat(judge(path)).hasToString(judged);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/public/a#/admin",
        "/admin#/../public",
        "/a?x#y",
        "/public%2f..%2fadmin",
        "/public%2F..%2Fadmin",
        "/public/..%5cadmin",
        "/public/..%5Cadmin",
        "/public\\..\\admin",
        "/public/%00/../admin",
        "/a\u0000b",
        "/a\u001fb",
        "/a\u007fb",
        "/a b",
        "/a?b c",
        "/a\r\nb",
        "/a?\n",
        "/%0d%0a",
        "/%7f",
        "/a%zz",
        "/a%2",
        "/a%",
        "/a%%20",
        "/public/À®À®/admin",
        "/ÿ",
      })
  void aPathThatNobodyHonestSendsIsRefused(String target) {
    assertThat(judge(target).refusal()).isEqualTo(Reason.PATH_AMBIGUOUS);
    assertThat(judge(target).isPlain()).isFalse();
  }

  @ParameterizedTest
  @DisplayName("RFC 9112, section 3.2: request-target, A12")
  @ValueSource(strings = {"http://evil.example/public/x", "*", "host:443", "public/x", "?a", "\\"})
  void onlyTheOriginFormIsAnswered(String target) {
    assertThat(judge(target).refusal()).isEqualTo(Reason.TARGET_FORM_REFUSED);
  }

  @Test
  void aRequestWithoutPathIsMalformed() {
    assertThat(judge("").refusal()).isEqualTo(Reason.REQUEST_MALFORMED);
    assertThat(NormalPath.of(new byte[0], Span.ABSENT).refusal())
        .isEqualTo(Reason.REQUEST_MALFORMED);
  }

  @Test
  void aSplittingReaderAgreesOnManyPaths() {
    RandomGenerator random = RandomGeneratorFactory.of("Xoroshiro128PlusPlus").create(2026);
    String[] parts = {"/", "/", "a", ".", "..", "%2e", ";", "x", "%41", "%20"};
    for (int i = 0; i < 150_000; i++) {
      StringBuilder path = new StringBuilder("/");
      for (int n = random.nextInt(10); n > 0; n--) {
        path.append(parts[random.nextInt(parts.length)]);
      }
      NormalPath judged = judge(path.toString());
      String expected = splitAndResolve(path.toString());
      if (!judged.toString().equals(expected)
          || (judged.isPlain() && !expected.contentEquals(path))) {
        assertThat(judged).as("seed 2026, path <%s>", path).hasToString(expected);
      }
    }
  }

  /** The oracle: the same judgement by replacing and splitting. */
  private static String splitAndResolve(String path) {
    String decoded = path.replace("%2e", ".").replace("%41", "A").replaceAll(";[^/]*", "");
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = decoded.substring(1).split("/", -1);
    for (String segment : segments) {
      if (segment.equals("..")) {
        kept.pollLast();
      } else if (!segment.equals(".") && !segment.isEmpty()) {
        kept.addLast(segment);
      }
    }
    String last = segments[segments.length - 1];
    boolean directory = last.isEmpty() || last.equals(".") || last.equals("..");
    String joined = "/" + String.join("/", kept);
    return directory && !joined.endsWith("/") ? joined + "/" : joined;
  }

  @ParameterizedTest
  @DisplayName("A18: time is linear")
  @ValueSource(strings = {"/a", "/..", "/", "/.", "/a/..", "a", "%41", ";", "/%2e%2e"})
  void sixtyFourKibibytesTakeLessThanAMillisecond(String unit) {
    String path = "/" + unit.repeat(65_536 / unit.length());
    byte[] bytes = path.getBytes(StandardCharsets.US_ASCII);
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 400; i++) {
      long before = System.nanoTime();
      NormalPath judged = NormalPath.of(bytes, Span.of(0, bytes.length));
      best = Math.min(best, System.nanoTime() - before);
      assertThat(judged.refusal()).isNull();
    }
    assertThat(best).isLessThan(1_000_000);
  }
}
