package dev.limen.demo.judge;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The provider's form {@code kc-form-login}; both providers give it this name. */
final class LoginForm {
  private static final Pattern FORM = Pattern.compile("<form\\b[^>]*>", Pattern.CASE_INSENSITIVE);
  private static final Pattern ID = Pattern.compile("\\bid\\s*=\\s*[\"']kc-form-login[\"']");
  private static final Pattern ACTION =
      Pattern.compile("\\baction\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)')");

  private LoginForm() {}

  /** Where it is to be sent, as an absolute address; null if the page has no such form. */
  static @Nullable String action(String page, String pageUrl) {
    Matcher forms = FORM.matcher(page);
    while (forms.find()) {
      String tag = forms.group();
      Matcher action = ACTION.matcher(tag);
      if (ID.matcher(tag).find() && action.find()) {
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
