package dev.limen.oidc;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes {@code application/x-www-form-urlencoded}, in bodies and in queries alike (RFC 6749,
 * appendix B).
 *
 * <p>Invariant: a space is {@code %20}, which both readings of the format understand; every
 * separator inside a name or value is encoded.
 */
final class FormEncoding {
  private FormEncoding() {}

  static String of(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  static String of(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(parameter -> of(parameter.getKey()) + "=" + of(parameter.getValue()))
        .collect(Collectors.joining("&"));
  }

  /** {@code address} with these parameters added to its query. */
  static String appended(String address, Map<String, String> parameters) {
    return address + (address.indexOf('?') < 0 ? "?" : "&") + of(parameters);
  }
}
