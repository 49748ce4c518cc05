import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;

/**
 * Fetches one file for the launcher, run from source: URL, then where to put it.
 *
 * <p>Invariant: the file is in its place only if its SHA-512 is the one that stands beside it.
 */
final class Fetch {
  public static void main(String[] arguments) throws Exception {
    String url = arguments[0];
    Path place = Path.of(arguments[1]);
    Path part = Path.of(place + ".part");
    try (HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(20))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build()) {
      String expected = get(client, url + ".sha512", HttpResponse.BodyHandlers.ofString()).strip();
      get(client, url, HttpResponse.BodyHandlers.ofFile(part));
      String found =
          HexFormat.of()
              .formatHex(MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(part)));
      if (!expected.startsWith(found)) {
        Files.delete(part);
        throw new IllegalStateException("SHA-512 of the file is not the published one");
      }
      Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
    } catch (Exception e) {
      System.err.println("limen: " + e.getMessage());
      System.exit(1);
    }
  }

  private static <T> T get(HttpClient client, String url, HttpResponse.BodyHandler<T> handler)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(5)).build();
    HttpResponse<T> response = client.send(request, handler);
    if (response.statusCode() != 200) {
      throw new IllegalStateException("HTTP " + response.statusCode() + " for " + url);
    }
    return response.body();
  }
}
