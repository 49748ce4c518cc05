package dev.limen.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What people see: whole documents, no script, nothing loaded, everything escaped. */
final class PagesTest {
  private static final String HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=y>&amp;";

  private static final String POLICY =
      "<meta http-equiv=\"Content-Security-Policy\" content=\"form-action 'none'\">";

  private final Pages pages = new Pages("/oauth2");

  /** Every page, with hostile text wherever text from outside can stand. */
  static Stream<String> everyPageWithHostileText() {
    Pages pages = new Pages("/oauth2");
    String link = "/oauth2/start?rd=" + HOSTILE;
    return Stream.of(
        pages.error(400, Reason.STATE_MISMATCH, HOSTILE, link),
        pages.error(503, Reason.STORE_UNAVAILABLE, null, null),
        pages.providerError(400, Reason.PROVIDER_REFUSED, HOSTILE, link),
        pages.confirmSignOut("/oauth2/sign_out?rd=" + HOSTILE, "/oauth2/?all=true&" + HOSTILE),
        pages.loginLoop(LoopCause.SESSION_LOST, link),
        pages.signedOut(link),
        pages.signedOut(null),
        pages.notRouted("/oauth2/" + HOSTILE),
        pages.notRouted(HOSTILE.repeat(1_000)));
  }

  @ParameterizedTest
  @MethodSource("everyPageWithHostileText")
  void aPageHoldsNoScriptAndNoAttributeFromOutside(String html) {
    assertThat(html).doesNotContain("<script", "<img", "</style><", HOSTILE);
    for (String tag : tags(html)) {
      assertThat(tag.replaceAll("\"[^\"]*\"", "")).doesNotContainPattern("\\bon\\w+=|script");
    }
  }

  @ParameterizedTest
  @MethodSource("everyPageWithHostileText")
  void aPageLoadsNothing(String html) {
    assertThat(html).doesNotContain("@import", "url(");
    for (String tag : tags(html)) {
      assertThat(tag.replace(POLICY, "").replaceAll("\"[^\"]*\"", ""))
          .doesNotContainPattern("\\bsrc=|<link|http-equiv");
    }
  }

  /** The tags, as a browser reads them: a quoted value may hold anything but its quote. */
  private static List<String> tags(String html) {
    Pattern tag = Pattern.compile("<[a-z/!][^>\"]*(?:\"[^\"]*\"[^>\"]*)*>");
    return tag.matcher(html).results().map(MatchResult::group).toList();
  }

  @ParameterizedTest
  @MethodSource("everyPageWithHostileText")
  void aPageIsAWholeDocumentWithALanguageATitleAndOneHeading(String html) {
    assertThat(html).startsWith("<!DOCTYPE html>").contains("<html lang=\"en\">", "<title>");
    assertThat(html).containsOnlyOnce("<h1>").containsOnlyOnce("<main>");
    assertThat(html.stripTrailing()).endsWith("</html>");
  }

  @ParameterizedTest
  @MethodSource("everyPageWithHostileText")
  void aPageFitsIntoWhatAGatewayPassesOn(String html) {
    assertThat(html.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(Pages.MAX_LENGTH);
  }

  @ParameterizedTest
  @MethodSource("everyPageWithHostileText")
  void aPageAdaptsToADarkScreen(String html) {
    assertThat(html).contains("prefers-color-scheme: dark", "color-scheme");
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void everyReasonHasAPageThatSaysItsSentenceAndItsLabel(Reason reason) {
    String html = pages.error(400, reason, null, null);
    assertThat(html).contains(reason.sentence()).contains("<code>" + reason.label() + "</code>");
  }

  @Nested
  class TheErrorPage {
    @Test
    void offersTheWayOn() {
      assertThat(pages.error(400, Reason.FLOW_UNKNOWN, null, "/oauth2/start?rd=/a%3Fb"))
          .contains("<a class=\"action\" href=\"/oauth2/start?rd=/a%3Fb\">Start again</a>");
    }

    @Test
    void offersToTryAgainWhereTroubleMayPass() {
      assertThat(pages.error(503, Reason.STORE_UNAVAILABLE, null, "/oauth2/start"))
          .contains(">Try again</a>");
    }

    @Test
    void hasNoButtonWhereThereIsNoWayOn() {
      assertThat(pages.error(400, Reason.HOST_UNKNOWN, null, null)).doesNotContain("<a ");
    }

    @Test
    void leavesOutALinkThatIsTooLong() {
      String longest = "/" + "a".repeat(Pages.MAX_LINK_LENGTH - 1);
      assertThat(pages.error(400, Reason.FLOW_UNKNOWN, null, longest)).contains(longest + "\"");
      assertThat(pages.error(400, Reason.FLOW_UNKNOWN, null, longest + "a")).doesNotContain("<a ");
    }

    @Test
    void namesTheRequestForAnOperator() {
      assertThat(pages.error(503, Reason.INTERNAL_ERROR, "7f3a-1", null))
          .contains("request <code>7f3a-1</code>");
    }

    @Test
    void showsTheProvidersWord() {
      String html = pages.providerError(400, Reason.PROVIDER_REFUSED, "access_denied", null);
      assertThat(html).contains("It said: <code>access_denied</code>");
    }
  }

  @Test
  void theSignedOutPageOffersToSignInAgain() {
    assertThat(pages.signedOut("/oauth2/start")).contains("signed out", "href=\"/oauth2/start\"");
  }

  @Test
  void onlyThePageThatAsksWhetherToSignOutMaySendAForm() {
    String asks = pages.confirmSignOut("/oauth2/sign_out?rd=/a%3Fb", "/oauth2/sign_out?all=true");
    assertThat(asks)
        .contains("<form method=\"post\" action=\"/oauth2/sign_out?rd=/a%3Fb\">")
        .contains("<form method=\"post\" action=\"/oauth2/sign_out?all=true\">")
        .contains("<meta name=\"referrer\" content=\"same-origin\">")
        .doesNotContain("form-action", "<script");
    assertThat(pages.signedOut(null)).contains(POLICY).doesNotContain("<form");
    assertThat(pages.error(400, Reason.FLOW_UNKNOWN, null, null)).contains(POLICY);
    assertThat(pages.loginLoop(LoopCause.SESSION_LOST, "/")).contains(POLICY);
  }

  @ParameterizedTest
  @EnumSource(LoopCause.class)
  void aBrowserThatGoesRoundIsToldTheLikelyCause(LoopCause cause) {
    assertThat(pages.loginLoop(cause, "/oauth2/start?rd=/a"))
        .contains(cause.sentence(), cause.label(), "href=\"/oauth2/start?rd=/a\"");
  }

  @Test
  void theNotRoutedPageNamesTheMissingRoute() {
    String text = pages.notRouted("/oauth2/callback").replaceAll("<[^>]*>", "");
    assertThat(text)
        .contains("The gateway must route /oauth2/ to Limen's port 4180 with ext_authz off")
        .contains("/oauth2/callback");
  }

  @Test
  void anotherPrefixIsNamedInItsPlace() {
    assertThat(new Pages("/limen").notRouted("/limen/start")).contains("<code>/limen/</code>");
  }

  @Test
  void pagesAreRenderedByManyThreadsAtOnce() {
    String expected = pages.signedOut("/oauth2/start");
    List<String> rendered =
        Stream.generate(() -> "/oauth2/start")
            .limit(2_000)
            .parallel()
            .map(pages::signedOut)
            .distinct()
            .toList();
    assertThat(rendered).containsExactly(expected);
  }
}
