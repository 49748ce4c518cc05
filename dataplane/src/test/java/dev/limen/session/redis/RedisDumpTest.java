package dev.limen.session.redis;

import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.config;
import static dev.limen.session.SessionFixtures.renewed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionCookie;
import dev.limen.session.Sessions;
import dev.limen.session.Tokens;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a thief of Redis' files finds. */
class RedisDumpTest {
  private static final int LOGINS = 20;

  @TempDir Path folder;

  private final List<String> canaries = new ArrayList<>();

  @Test
  void noDumpNoLogOfWritesAndNoAnswerHoldsATokenAPersonOrACookie() {
    try (RealRedis redis =
            RealRedis.start(folder, "--appendonly", "yes", "--appendfsync", "always");
        RedisStore store = RedisStore.connect(redis.config(), new Metrics());
        RealRedis.Raw raw = redis.raw()) {
      RedisStoreTest.awaitConnected(store);
      KeyRing keys = KeyRing.generated();
      Sessions sessions = new Sessions(store, keys, config(), new Metrics());
      for (int login = 0; login < LOGINS; login++) {
        logInAndRenew(sessions, new SessionCookie(keys), login);
      }
      raw.commands().save();

      String dumped = RedisDump.of(redis, "");

      assertThat(dumped).contains("limen:s:{", "limen:t:{", "limen:u:{", "limen:i:{");
      assertThat(canaries).hasSizeGreaterThan(LOGINS * 10);
      // Of the whole text only what was found is worth printing.
      assertThat(canaries.stream().filter(dumped::contains)).isEmpty();
    }
  }

  private void logInAndRenew(Sessions sessions, SessionCookie cookie, int login) {
    Session session =
        answer(
            sessions.create(
                person(login),
                new Tokens(canary("id", login), canary("acc", login), canary("ref", login), 1, 0),
                new SessionContext(canary("net", login), canary("fam", login)),
                NOW));
    Tokens renewed =
        new Tokens(canary("id2", login), canary("acc2", login), canary("ref2", login), 1, 0);
    assertThat(answer(renewed(sessions, session, renewed, person(login), NOW))).isNotNull();
    answer(sessions.find(session.secret(), NOW + 60_000));
    byte[] secret = session.secret().toBytes();
    canaries.add(cookie.value(session.secret()));
    canaries.add(HexFormat.of().formatHex(secret));
    canaries.add(new String(secret, StandardCharsets.ISO_8859_1));
    canaries.add(new String(session.secret().userKey(), StandardCharsets.ISO_8859_1));
  }

  private Identity person(int login) {
    return new Identity(
        "main-canary-provider",
        canary("iss", login),
        canary("sub", login),
        canary("user", login),
        canary("name", login),
        canary("mail", login),
        canary("user", login),
        List.of(canary("group", login)),
        List.of(canary("role", login)),
        Map.of(canary("client", login), List.of(canary("crole", login))),
        canary("sid", login),
        canary("acr", login),
        List.of(canary("amr", login)),
        0);
  }

  private String canary(String kind, int login) {
    String canary = kind + "-canary-" + login + "-canary";
    canaries.add(canary);
    return canary;
  }
}
