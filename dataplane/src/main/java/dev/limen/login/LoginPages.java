package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.pages.LoopCause;
import dev.limen.pages.Pages;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pages that the endpoints answer with, each with its way on.
 *
 * <p>Invariant: a button leads to one of Limen's own endpoints on the same origin, and the wish it
 * carries was judged by {@link RedirectPolicy}. Immutable; safe for all threads.
 */
final class LoginPages {
  private final Pages pages;
  private final String proxyPrefix;

  LoginPages(Pages pages, String proxyPrefix) {
    this.pages = pages;
    this.proxyPrefix = proxyPrefix;
  }

  /** A refusal whose button begins a new login, which ends at {@code returnTo}. */
  Decision startAgain(int status, Reason reason, @Nullable String returnTo, String... setCookies) {
    String body = pages.error(status, reason, null, startUrl(returnTo));
    return page(status, body, reason, List.of(setCookies));
  }

  /** A refusal without a way on. */
  Decision refusal(int status, Reason reason) {
    return page(status, pages.error(status, reason, null, null), reason, List.of());
  }

  /** The provider answered with {@code error}; {@code word} is a registered one, or null. */
  Decision providerError(Reason reason, @Nullable String word, Flow flow, String setCookie) {
    int status = reason == Reason.PROVIDER_UNAVAILABLE ? 503 : 400;
    String body = pages.providerError(status, reason, word, startUrl(flow.returnTo()));
    return page(status, body, reason, List.of(setCookie));
  }

  /** The browser goes round; {@code setCookies} end that, so that the button begins afresh. */
  Decision loginLoop(LoopCause cause, String returnTo, String... setCookies) {
    String body = pages.loginLoop(cause, startUrl(returnTo));
    return page(400, body, Reason.LOGIN_LOOP, List.of(setCookies));
  }

  /** Asks for a click on this very site, which no other site can make. */
  Decision confirmSignOut(int status, Reason reason, @Nullable String returnTo) {
    String here = ownUrl("/sign_out", returnTo);
    String body = pages.confirmSignOut(here, ownUrl("/sign_out?all=true", returnTo));
    return page(status, body, reason, List.of());
  }

  /** The session has ended. */
  Decision signedOut(String setCookie) {
    String body = pages.signedOut(startUrl(null));
    return page(200, body, Reason.SIGNED_OUT, List.of(setCookie));
  }

  private String startUrl(@Nullable String returnTo) {
    return ownUrl("/start", returnTo);
  }

  private String ownUrl(String endpoint, @Nullable String returnTo) {
    String url = proxyPrefix + endpoint;
    if (returnTo == null || returnTo.equals("/")) {
      return url;
    }
    String withWish = url + (url.indexOf('?') < 0 ? "?" : "&") + "rd=" + escaped(returnTo);
    return withWish.length() > Pages.MAX_LINK_LENGTH ? url : withWish;
  }

  private static Decision page(int status, String body, Reason reason, List<String> setCookies) {
    return new Decision.Page(status, Pages.CONTENT_TYPE, body, setCookies, reason);
  }

  /** Escapes what may not stand in a parameter's value (RFC 3986, section 2.3). */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~/".indexOf(c) >= 0;
      if (plain) {
        escaped.append(c);
      } else {
        escaped.append('%').append(Character.toUpperCase(Character.forDigit(c >> 4, 16)));
        escaped.append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
      }
    }
    return escaped.toString();
  }
}
