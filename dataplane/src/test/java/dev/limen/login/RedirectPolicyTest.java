package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.HeaderField;
import dev.limen.config.RedirectsConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a browser may be returned to. */
final class RedirectPolicyTest {
  private static final String HOST = "shop.example.com";
  private static final String DEFAULT = "/home";

  private static final HostPolicy HOSTS =
      new HostPolicy(
          new RedirectsConfig(
              List.of("desk.example.com", ".apps.example.com"),
              URI.create("https://shop.example.com/oauth2/callback"),
              List.of(),
              DEFAULT),
          "/oauth2");

  private static final RedirectPolicy POLICY = new RedirectPolicy(HOSTS, DEFAULT, "/oauth2");

  private static String target(String wish) {
    return POLICY.target("https", HOST, wish);
  }

  /** One hostile string a line; {@code \t}, {@code \r}, {@code \n} and {@code \xHH} are escapes. */
  static List<String> corpus() throws IOException {
    Path file = Path.of("src/test/resources/login/open-redirects.txt");
    List<String> hostile = new ArrayList<>();
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      if (!line.isEmpty() && !line.startsWith("# ")) {
        hostile.add(unescaped(line));
      }
    }
    return hostile;
  }

  private static String unescaped(String line) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      char next = c == '\\' && i + 1 < line.length() ? line.charAt(i + 1) : 0;
      switch (next) {
        case 't' -> text.append('\t');
        case 'r' -> text.append('\r');
        case 'n' -> text.append('\n');
        case 'x' -> text.append((char) Integer.parseInt(line.substring(i + 2, i + 4), 16));
        case '\\' -> text.append('\\');
        default -> text.append(c);
      }
      i += next == 'x' ? 3 : next != 0 && "trn\\".indexOf(next) >= 0 ? 1 : 0;
    }
    return text.toString();
  }

  @Nested
  @DisplayName("A50: an open redirect")
  class AnOpenRedirect {
    @Test
    void hasACorpusOfItsOwn() throws IOException {
      assertThat(corpus()).hasSizeGreaterThanOrEqualTo(150).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("dev.limen.login.RedirectPolicyTest#corpus")
    void endsAtTheDefaultPath(String hostile) {
      assertThat(target(hostile)).isEqualTo(DEFAULT);
    }

    @ParameterizedTest
    @MethodSource("dev.limen.login.RedirectPolicyTest#corpus")
    void staysHereWhateverStandsAroundIt(String hostile) {
      for (String around : List.of("%s", " %s", "%s ", "/%s", "//%s", "/a/%s", "https://%s")) {
        assertThatItStaysHere(target(around.replace("%s", hostile)));
      }
    }

    @Test
    void isNotMadeOfHostilePartsInAnyOrder() {
      String[] parts = {
        "/",
        "\\",
        "//",
        ":",
        "@",
        ".",
        "..",
        "%2f",
        "%5c",
        "%2e",
        "%09",
        "%00",
        "\t",
        "\r",
        "\n",
        "?",
        "#",
        "evil.example",
        "https:",
        "http:",
        "javascript:",
        "shop.example.com",
        "desk.example.com",
        "a.apps.example.com",
        " ",
        ";",
        "&",
        "\u2028",
        "\uff0f",
        "é"
      };
      Random random = new Random(4);
      for (int i = 0; i < 50_000; i++) {
        StringBuilder wish = new StringBuilder();
        int length = 1 + random.nextInt(8);
        for (int part = 0; part < length; part++) {
          wish.append(parts[random.nextInt(parts.length)]);
        }
        assertThatItStaysHere(target(wish.toString()));
      }
    }

    /** As a browser reads it, resolved against this site. */
    private void assertThatItStaysHere(String target) {
      assertThat(HeaderField.isFieldValue(target)).isTrue();
      assertThat(target).matches("[\\x21-\\x7e]+").doesNotContain("\\");
      URI base = URI.create("https://shop.example.com/x/y");
      String lenient =
          target.replaceAll("[\"<>^`{|}\\[\\]]", "_").replaceAll("%(?![0-9A-Fa-f]{2})", "_");
      URI resolved = base.resolve(URI.create(lenient));
      assertThat(resolved.getScheme()).isEqualTo("https");
      assertThat(resolved.getRawUserInfo()).isNull();
      assertThat(resolved.getHost())
          .as(target)
          .matches(
              "shop\\.example\\.com|desk\\.example\\.com|([a-z.]+\\.)?apps\\.example\\.com"
                  + "|.*\\.apps\\.example\\.com");
    }
  }

  static Stream<String> paths() {
    return Stream.of(
        "/",
        "/orders?x=1",
        "/orders/?x=1&y=%0d%0a",
        "/a//b",
        "/a/b;c=d/@e",
        "/.well-known/x",
        "/...",
        "/a.b/..c",
        "/%20",
        "/%C3%A9",
        "/search?q=https://evil.example//",
        "/search?next=//evil.example",
        "/@evil.example",
        "/v1%2e2/x",
        "/a%2Eb/..c%2e",
        "/%2e%2e%2e/x",
        "/%2ea/x?",
        "/.evil",
        "/:80",
        "/oauth2x",
        "/x/oauth2/start",
        "/?",
        "/!$&'()*+,;=:@-._~");
  }

  @ParameterizedTest
  @MethodSource("paths")
  void aPathOfThisSiteIsKeptByteForByte(String path) {
    assertThat(target(path)).isEqualTo(path);
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "https://shop.example.com/orders?x=1,      /orders?x=1",
    "https://shop.example.com,                 /",
    "https://SHOP.example.com.:443/a,          /a",
    "https://shop.example.com?x=1,             /?x=1",
    "https://desk.example.com/a?b=c,           https://desk.example.com/a?b=c",
    "https://desk.example.com,                 https://desk.example.com/",
    "https://Desk.Example.Com:8443/a,          https://desk.example.com:8443/a",
    "https://x.apps.example.com/,              https://x.apps.example.com/",
    "https://apps.example.com/,                /home",
    "http://shop.example.com/,                 /home",
    "http://desk.example.com/,                 /home",
    "HTTPS://desk.example.com/,                /home",
    "https://desk.example.com/oauth2/sign_out, /home",
  })
  // spotless:on
  void anAddressIsKeptOnAnAllowedHostAndIsAPathOnTheSame(String wish, String expected) {
    assertThat(target(wish)).isEqualTo(expected);
  }

  @Test
  void aCharacterBeyondAsciiIsEscaped() {
    assertThat(target("/käse?q=ü€\uD83D\uDE00"))
        .isEqualTo("/k%C3%A4se?q=%C3%BC%E2%82%AC%F0%9F%98%80");
    assertThat(target("/\uD83D")).isEqualTo(DEFAULT);
  }

  @Test
  void noWishIsTheDefaultPath() {
    assertThat(POLICY.target("https", HOST, null)).isEqualTo(DEFAULT);
    assertThat(target("")).isEqualTo(DEFAULT);
  }

  @Test
  void aWishIsReadUpToItsLimitAndRefusedBeyond() {
    String longest = "/" + "a".repeat(RedirectPolicy.MAX_LENGTH - 1);
    assertThat(target(longest)).isEqualTo(longest);
    assertThat(target(longest + "a")).isEqualTo(DEFAULT);
    assertThat(target(longest + "?a")).isEqualTo(longest);
    assertThat(target(longest + "a?a")).isEqualTo(DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(ints = {2_049, 8_000})
  void aWishThatIsTooLongLosesItsQuery(int length) {
    for (String wish : List.of("/orders?q=", "https://desk.example.com/orders?q=")) {
      String path = wish.substring(0, wish.indexOf('?'));
      assertThat(target(wish + "a".repeat(length - wish.length()))).isEqualTo(path);
    }
    String longest = "/orders?q=";
    longest += "a".repeat(RedirectPolicy.MAX_LENGTH - longest.length());
    assertThat(target(longest)).isEqualTo(longest);
    assertThat(target("//evil.example?" + "a".repeat(length))).isEqualTo(DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/%2e/x", "/%2E%2e/x", "/.%2e/x", "/%2e.", "/a/%2e%2E", "/a/%2e%2e/b?c"})
  void aDotSegmentIsRefusedHoweverItIsSpelled(String wish) {
    assertThat(target(wish)).isEqualTo(DEFAULT);
  }

  @ParameterizedTest
  @CsvSource({"/oauth2", "/oauth2/", "/oauth2/start", "/oauth2/sign_out?rd=/a", "/oauth2?x"})
  void aSignInNeverEndsAtOneOfLimensOwnEndpoints(String wish) {
    assertThat(target(wish)).isEqualTo(DEFAULT);
  }

  @Test
  void theJudgementOfAJudgementIsTheSame() throws IOException {
    List<String> wishes = new ArrayList<>(corpus());
    wishes.addAll(paths().toList());
    wishes.add("https://desk.example.com/a?b");
    for (String wish : wishes) {
      assertThat(target(target(wish))).isEqualTo(target(wish));
    }
  }

  @Test
  void aPathBecomesAnAddressOnTheHostThatWasAskedFor() {
    assertThat(POLICY.absolute("https", "Shop.example.com:443", "/a?b"))
        .isEqualTo("https://shop.example.com/a?b");
    assertThat(POLICY.absolute("https", HOST, "https://desk.example.com/"))
        .isEqualTo("https://desk.example.com/");
  }
}
