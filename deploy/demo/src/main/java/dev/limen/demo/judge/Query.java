package dev.limen.demo.judge;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The parameters of an address; of a repeated one the last, which no step expects. */
final class Query {
  private final Map<String, String> values = new HashMap<>();

  private Query() {}

  static Query of(String url) {
    Query query = new Query();
    String raw = URI.create(url).getRawQuery();
    if (raw != null) {
      for (String pair : raw.split("&")) {
        String[] parts = pair.split("=", 2);
        query.values.put(decode(parts[0]), parts.length > 1 ? decode(parts[1]) : "");
      }
    }
    return query;
  }

  String get(String name) {
    return values.getOrDefault(name, "");
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
