package dev.limen.pages;

import dev.limen.check.Reason;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The few pages that people see: plain HTML that needs no script and loads nothing.
 *
 * <p>Invariant: every value is escaped for where it stands, by the template's own grammar, and no
 * page is longer than {@link #MAX_LENGTH}. No page may send a form, but for the one that asks
 * whether to sign out. That one has no {@code form-action}: Chromium holds it against the redirect
 * that answers the form too (seen with 156), and where the provider sends the browser on the way
 * out is not known here. Its {@code referrer} lets browsers without Fetch Metadata say {@code
 * Origin}, which is {@code null} under {@code no-referrer}. Source: the templates in {@code
 * src/main/jte}, compiled at build time. Immutable; safe for all threads.
 */
public final class Pages {
  /** The {@code Content-Type} of every page. */
  public static final String CONTENT_TYPE = "text/html; charset=utf-8";

  /** Bytes in a page, at most: what goes through a gateway's denied response without harm. */
  public static final int MAX_LENGTH = 16 * 1024;

  /** Characters in the link of a button; a longer one is left out, since a cut one misleads. */
  public static final int MAX_LINK_LENGTH = 1_024;

  /** Characters of a path that are shown; each may become six when escaped. */
  static final int MAX_SHOWN = 1_024;

  private static final String PACKAGE = "dev.limen.pages.jte";

  private final TemplateEngine templates;
  private final String proxyPrefix;

  /** Pages of a Limen whose endpoints are at {@code /oauth2}. */
  public Pages() {
    this("/oauth2");
  }

  /** Pages of a Limen whose endpoints are at {@code proxyPrefix} ({@code web.proxyPrefix}). */
  public Pages(String proxyPrefix) {
    this.proxyPrefix = proxyPrefix;
    templates = TemplateEngine.createPrecompiled(null, ContentType.Html, null, PACKAGE);
    templates.setTrimControlStructures(true);
  }

  /**
   * Something did not work.
   *
   * @param requestId what an operator finds the request by, or null
   * @param startAgainUrl where the button leads, or null for no button
   */
  public String error(
      int status, Reason reason, @Nullable String requestId, @Nullable String startAgainUrl) {
    return error(new ErrorPage(status, reason, null, shown(requestId), linked(startAgainUrl)));
  }

  /**
   * The provider answered with {@code error}.
   *
   * @param word the provider's own word for it, if it is a registered one, or null
   */
  public String providerError(
      int status, Reason reason, @Nullable String word, @Nullable String startAgainUrl) {
    return error(new ErrorPage(status, reason, shown(word), null, linked(startAgainUrl)));
  }

  /** The session has ended; with a button to sign in again, if it is known where. */
  public String signedOut(@Nullable String startUrl) {
    Map<String, @Nullable Object> parameters = new HashMap<>();
    parameters.put("startUrl", linked(startUrl));
    return render("signedOut.jte", parameters);
  }

  /** The browser goes round; with a button to try afresh. */
  public String loginLoop(LoopCause cause, String startUrl) {
    Map<String, @Nullable Object> parameters = new HashMap<>();
    parameters.put("cause", cause);
    parameters.put("startUrl", linked(startUrl));
    return render("loginLoop.jte", parameters);
  }

  /**
   * Asks whether to sign out.
   *
   * @param action where the form is posted to; no longer than {@link #MAX_LINK_LENGTH}
   * @param everywhere the same for all sessions of the person
   */
  public String confirmSignOut(String action, String everywhere) {
    Map<String, @Nullable Object> parameters = new HashMap<>();
    parameters.put("action", action);
    parameters.put("everywhere", everywhere);
    return render("confirmSignOut.jte", parameters);
  }

  /** A check arrived for an endpoint of Limen's own: says which route the gateway lacks. */
  public String notRouted(String path) {
    Map<String, @Nullable Object> parameters = new HashMap<>();
    parameters.put("path", shown(path));
    parameters.put("prefix", proxyPrefix);
    return render("notRouted.jte", parameters);
  }

  private String error(ErrorPage page) {
    Map<String, @Nullable Object> parameters = new HashMap<>();
    parameters.put("page", page);
    return render("error.jte", parameters);
  }

  private String render(String template, Map<String, @Nullable Object> parameters) {
    StringOutput html = new StringOutput(MAX_LENGTH / 2);
    templates.render(template, parameters, html);
    return html.toString();
  }

  private static @Nullable String shown(@Nullable String text) {
    return text == null || text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }

  private static @Nullable String linked(@Nullable String url) {
    return url == null || url.length() > MAX_LINK_LENGTH ? null : url;
  }
}
