package dev.limen.devidp;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The provider as a process.
 *
 * <p>Invariant: a command line that is not understood starts nothing: one line on standard error,
 * exit code 2. Ends with exit code 0 when it is told to (Ctrl-C, SIGTERM).
 */
public final class DevIdpMain {
  private static final int USAGE = 2;

  // spotless:off
  static final String HELP =
      """
      A strict OpenID Provider for tests and demos.

        --port N                       listen there; 0 takes a free one (default 8180)
        --bind ADDRESS                 listen on this address (default 127.0.0.1)
        --issuer URL                   the public issuer (default: the own address)
        --realm FILE                   a realm in Keycloak's export format (default: the demo's)
        --access-token-lifetime 5s     instead of the realm's; ms, s, m or h
        --refresh-token-lifetime 30m   instead of the realm's session idle timeout
        --redirect-uri URI             one more, for every client; may be repeated
        --signing-algorithm RS256      RS256, PS256 or ES256
        --fault NAME[@ENDPOINT][:N]    goes wrong N times, or always; may be repeated
        --slow-by 2s                   how long the fault "slow" waits
        --log FILE|-                   one line of JSON for each request
        --help

      Faults: slow, http-500, garbage, wrong-issuer, wrong-nonce, lost-response, bad-signature,
      wrong-audience, expired-id-token, wrong-subject-on-refresh.
      Endpoints: discovery, certs, authorize, login, token, token:authorization_code,
      token:refresh_token, userinfo, revoke, logout.
      """;
  // spotless:on

  private DevIdpMain() {}

  /** Runs until it is told to stop. */
  public static void main(String[] args) throws InterruptedException {
    if (List.of(args).contains("--help")) {
      System.out.print(HELP);
      return;
    }
    try {
      run(configuration(args));
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("dev-idp: " + e.getMessage());
      System.exit(USAGE);
    }
  }

  private static void run(DevIdpConfig config) throws IOException, InterruptedException {
    DevIdp idp = DevIdp.start(config);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(() -> {
                  idp.close();
                  // A stop that was asked for is a success, and 143 would read as a failure.
                  Runtime.getRuntime().halt(0);
                }));
    System.err.println("dev-idp: listening on " + idp.origin() + ", issuer " + idp.issuer());
    new CountDownLatch(1).await();
  }

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException if it is not understood; the message says what and why
   */
  static DevIdpConfig configuration(String... args) throws IOException {
    Deque<String> words = new ArrayDeque<>(List.of(args));
    Deque<String[]> options = new ArrayDeque<>();
    DevIdpConfig config = DevIdpConfig.demo();
    while (!words.isEmpty()) {
      String name = words.removeFirst();
      if (!HELP.contains("  " + name + " ") || !name.startsWith("--")) {
        throw new IllegalArgumentException("unknown option " + name + ", see --help");
      }
      if (words.isEmpty()) {
        throw new IllegalArgumentException(name + " needs a value, see --help");
      }
      String value = words.removeFirst();
      if (name.equals("--realm")) {
        config = DevIdpConfig.forRealm(Path.of(value));
      } else {
        options.addLast(new String[] {name, value});
      }
    }
    config = config.withPort(8180);
    for (String[] option : options) {
      config = with(config, option[0], option[1]);
    }
    return config;
  }

  private static DevIdpConfig with(DevIdpConfig config, String name, String value)
      throws IOException {
    try {
      return switch (name) {
        case "--port" -> config.withPort(Integer.parseInt(value));
        case "--bind" -> config.withBindAddress(value);
        case "--issuer" -> config.withIssuer(value);
        case "--access-token-lifetime" -> config.withAccessTokenLifetime(duration(value));
        case "--refresh-token-lifetime" -> config.withRefreshTokenLifetime(duration(value));
        case "--redirect-uri" -> config.withRedirectUri(value);
        case "--signing-algorithm" -> config.withSigningAlgorithm(value);
        case "--fault" -> config.withFault(FaultRule.parse(value));
        case "--slow-by" -> config.withSlowBy(duration(value));
        case "--log" -> config.withLog(log(value));
        default -> throw new IllegalArgumentException("unknown option");
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " " + value + ": " + e.getMessage(), e);
    }
  }

  private static PrintStream log(String file) throws IOException {
    return file.equals("-") ? System.out : new PrintStream(file, StandardCharsets.UTF_8);
  }

  /** A duration as Limen's configuration has it: {@code 150ms}, {@code 5s}, {@code 30m}. */
  static Duration duration(String text) {
    String digits = text.replaceFirst("[a-z]+$", "");
    if (!digits.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException("expected a duration such as 150ms, 5s, 30m or 8h");
    }
    long count = Long.parseLong(digits);
    return switch (text.substring(digits.length())) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default ->
          throw new IllegalArgumentException("expected a duration such as 150ms, 5s, 30m or 8h");
    };
  }
}
