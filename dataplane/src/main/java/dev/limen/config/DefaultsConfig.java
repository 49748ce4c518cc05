package dev.limen.config;

/**
 * For requests that no route matches.
 *
 * @param mode what they need
 * @param provider who signs people in
 * @param headers id of the profile that tells an upstream who asks
 */
public record DefaultsConfig(
    @Setting(value = "login", doc = "For requests that no route matches") RouteConfig.Mode mode,
    @Setting(value = "main", doc = "Who signs people in") String provider,
    @Setting(value = "default", doc = "Header profile that tells an upstream who asks")
        String headers) {}
