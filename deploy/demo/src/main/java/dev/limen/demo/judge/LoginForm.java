package dev.limen.demo.judge;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The forms of a login: the provider's, which both call {@code kc-form-login}, and Limen's. */
final class LoginForm {
  private static final Pattern FORM = Pattern.compile("<form\\b[^>]*>", Pattern.CASE_INSENSITIVE);
  private static final Pattern ID = Pattern.compile("\\bid\\s*=\\s*[\"']kc-form-login[\"']");
  private static final Pattern POST = Pattern.compile("\\bmethod\\s*=\\s*\"post\"");
  private static final Pattern ACTION =
      Pattern.compile("\\baction\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)')");

  private LoginForm() {}

  /** Where it is to be sent, as an absolute address; null if the page has no such form. */
  static @Nullable String action(String page, String pageUrl) {
    return action(page, pageUrl, ID);
  }

  /** The same for a form that only posts. */
  static @Nullable String posted(String page, String pageUrl) {
    return action(page, pageUrl, POST);
  }

  private static @Nullable String action(String page, String pageUrl, Pattern mark) {
    Matcher forms = FORM.matcher(page);
    while (forms.find()) {
      String tag = forms.group();
      Matcher action = ACTION.matcher(tag);
      if (mark.matcher(tag).find() && action.find()) {
        String value = action.group(1) == null ? action.group(2) : action.group(1);
        return URI.create(pageUrl).resolve(unescape(value)).toString();
      }
    }
    return null;
  }

  private static String unescape(String attribute) {
    return attribute
        .replace("&#61;", "=")
        .replace("&#x3D;", "=")
        .replace("&#43;", "+")
        .replace("&#38;", "&")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
  }
}
