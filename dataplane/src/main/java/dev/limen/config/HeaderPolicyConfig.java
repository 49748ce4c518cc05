package dev.limen.config;

import java.util.List;

/**
 * What holds for the headers of every route. Envoy takes 60 KiB of headers, and the request has
 * some of its own: so no value may be longer than 48 KiB.
 *
 * @param alsoRemove names that no client's request may carry upstream, beside those of the profiles
 * @param maxValueBytes of one value about a person; a longer one is a 403, never cut
 * @param maxTokenBytes of one token; a longer one is a 403
 */
public record HeaderPolicyConfig(
    @Setting(value = "[]", doc = "Names that are removed too, beside those of the profiles")
        List<String> alsoRemove,
    @Setting(
            value = "8192",
            bounds = "256 to 49152",
            doc = "Bytes in one value about a person; a longer one is a 403")
        int maxValueBytes,
    @Setting(
            value = "16384",
            bounds = "256 to 49152",
            doc = "Bytes in one token; a longer one is a 403")
        int maxTokenBytes) {
  public HeaderPolicyConfig {
    alsoRemove = List.copyOf(alsoRemove);
    alsoRemove.forEach(name -> HeaderProfileConfig.requireOurs("headerPolicy.alsoRemove", name));
  }
}
