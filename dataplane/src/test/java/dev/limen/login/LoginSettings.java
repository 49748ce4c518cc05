package dev.limen.login;

import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Configurations as an operator writes them, read by the loader itself. */
final class LoginSettings {
  private static final String REDIRECTS =
      "redirects: { redirectURL: \"http://localhost:8080/oauth2/callback\" }\n";

  private LoginSettings() {}

  private static String providers(String issuer) {
    return """
    providers:
      - id: main
        provider: keycloak-oidc
        clientID: limen
        clientSecret: { value: limen-demo-secret }
        oidcConfig: { issuerURL: "%s" }
    """
        .formatted(issuer);
  }

  /** The demo's, but for the top-level keys that {@code more} gives, where ISSUER is its. */
  static LimenConfig with(String issuer, String... more) {
    String given = String.join("\n", more).replace("ISSUER", issuer) + "\n";
    String yaml =
        "version: 1\n"
            + given
            + (given.contains("providers:") ? "" : providers(issuer))
            + (given.contains("redirects:") ? "" : REDIRECTS);
    try {
      Path file = Files.createTempFile("limen", ".yaml");
      try {
        return new ConfigLoader(Map.of()).load(Files.writeString(file, yaml));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
