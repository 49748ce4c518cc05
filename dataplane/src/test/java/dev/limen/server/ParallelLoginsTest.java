package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.devidp.DevIdpConfig;
import dev.limen.devidp.RequestKind;
import dev.limen.server.Doors.Door;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many people who log in at the same moment: 64, each with an account of their own.
 *
 * <p>The list asks for 1,000,000 rounds, which are 64 million logins; rounds end with the seconds
 * below. Each is a whole one, from the first check to the upstream, over a real Redis.
 */
@Timeout(300)
class ParallelLoginsTest {
  private static final int PEOPLE = 64;
  private static final long SECONDS = 6;
  private static final int AT_LEAST = 2;

  @TempDir private Path folder;

  /** The demo's realm with 64 people more. */
  private DevIdpConfig realm() throws IOException {
    Path demo =
        Path.of(System.getProperty("limen.root", ".."), "deploy", "keycloak", "limen-realm.json");
    StringBuilder people = new StringBuilder();
    for (int i = 0; i < PEOPLE; i++) {
      people.append(
          """
          {"username": "NAME", "email": "NAME@example.com", "emailVerified": true,
           "credentials": [{"type": "password", "value": "NAME"}]},
          """
              .replace("NAME", nameOf(i)));
    }
    String json = Files.readString(demo).replaceFirst("\"users\": *\\[", "$0" + people);
    Path file = Files.writeString(folder.resolve("realm.json"), json);
    return DevIdpConfig.forRealm(file).withSigningAlgorithm("ES256");
  }

  private static String nameOf(int person) {
    return "person" + person;
  }

  @Test
  @DisplayName("A74 of 64 people who log in at once, round after round, each is who they are")
  void eachLoginGetsItsOwnIdentity() throws Exception {
    try (AttackedLimen house = AttackedLimen.start(folder, realm());
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<String>> logins = new ArrayList<>();
      for (int i = 0; i < PEOPLE; i++) {
        String name = nameOf(i);
        Visit visit = house.visit();
        Door door = i % 2 == 0 ? Door.GRPC : Door.HTTP;
        logins.add(() -> mixUp(house, visit, door, name));
      }
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      int rounds = 0;
      while (System.nanoTime() < end || rounds < AT_LEAST) {
        for (Future<String> login : executor.invokeAll(logins)) {
          assertThat(login.get()).isEmpty();
        }
        rounds++;
      }
      System.out.printf("A74: %d rounds of %d logins%n", rounds, PEOPLE);
      assertThat(house.provider.log().of(RequestKind.TOKEN_CODE))
          .hasSizeGreaterThanOrEqualTo(rounds * PEOPLE);
      assertThat(house.sessionCount()).isGreaterThanOrEqualTo(rounds * PEOPLE);
    }
  }

  /**
   * Empty if an upstream is reached as the person who logged in. Trouble is no mix-up: whoever is
   * told that the provider is too slow, by 503, tries again.
   */
  private static String mixUp(AttackedLimen house, Visit visit, Door door, String name)
      throws Exception {
    HttpResponse<String> in;
    do {
      visit.cookies().clear();
      in = visit.endpoint(visit.callback("/of/" + name, name));
    } while (in.statusCode() == 503);
    assertThat(in.statusCode()).isEqualTo(302);
    assertThat(in.headers().firstValue("location")).contains("/of/" + name);
    visit.keep(in);
    Arrived arrived = house.doors.ask(door, Asked.with("/orders", visit.cookie()));
    List<String> found = arrived.upstreamAll("x-auth-request-preferred-username");
    return found.equals(List.of(name)) ? "" : name + " passed as " + found;
  }
}
