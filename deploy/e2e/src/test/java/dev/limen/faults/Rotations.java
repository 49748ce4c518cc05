package dev.limen.faults;

import dev.limen.devidp.RequestKind;
import dev.limen.devidp.RequestRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Which rotations of refresh tokens never arrived, by the provider's log and the proxies' word:
 * these sessions may be lost, and no others.
 *
 * <p>Invariant: a session is excused only by a fault that was injected and that took the answer to
 * its newest rotation: the provider dropped it, a proxy broke the connection that it was on, or the
 * process that asked was killed before the store had it.
 */
final class Rotations {
  /** A killed process had asked for no longer than this. */
  private static final Duration ASKED_BEFORE_THE_KILL = Duration.ofSeconds(15);

  private final Fleet fleet;
  private final Set<String> killedWith = ConcurrentHashMap.newKeySet();

  Rotations(Fleet fleet) {
    this.fleet = fleet;
  }

  /** To be called when a process was killed and before it starts again. */
  void killed(Replica replica, Instant at, Oracle oracle) throws IOException {
    List<RequestRecord> log = granted();
    for (Oracle.Session session : oracle.live()) {
      List<RequestRecord> own = since(session, log);
      if (own.isEmpty()) {
        continue;
      }
      RequestRecord newest = own.getLast();
      boolean isOfTheKilled =
          replica.toProvider.askedFrom(newest.remotePort())
              && newest.time().isAfter(at.minus(ASKED_BEFORE_THE_KILL));
      if (isOfTheKilled && storedGeneration(session.cookie) <= own.size()) {
        killedWith.add(session.cookie);
      }
    }
  }

  /** Whether a fault took the answer to the newest rotation of this session. */
  boolean wasLost(Oracle.Loss loss) {
    if (killedWith.contains(loss.session().cookie)) {
      return true;
    }
    List<RequestRecord> log = granted();
    Map<Integer, RequestRecord> newestOfPort = new HashMap<>();
    log.forEach(record -> newestOfPort.put(record.remotePort(), record));
    for (RequestRecord rotation : since(loss.session(), log)) {
      String fault = rotation.fault();
      boolean wasDropped = fault != null && fault.contains("lost-response");
      boolean wasBroken =
          rotation.equals(newestOfPort.get(rotation.remotePort()))
              && fleet.replicas.stream()
                  .anyMatch(
                      one -> one.toProvider.unansweredPorts().contains(rotation.remotePort()));
      if (wasDropped || wasBroken) {
        return true;
      }
    }
    return false;
  }

  /** Records of the sessions that somebody is renewing, or was when he died. */
  Set<String> underLease() throws IOException {
    Set<String> records = new HashSet<>();
    fleet.redis.keys("limen:l:*").forEach(lease -> records.add("limen:s:" + lease.substring(8)));
    return records;
  }

  private static List<RequestRecord> since(Oracle.Session session, List<RequestRecord> log) {
    return log.stream()
        .filter(record -> session.user.equals(record.user()))
        .filter(record -> record.time().isAfter(session.bornAt))
        .toList();
  }

  private List<RequestRecord> granted() {
    return fleet.provider.log().matching(record -> record.is(RequestKind.TOKEN_REFRESH, "ok"));
  }

  /** Refresh tokens that were presented although they were spent. */
  long reuses() {
    return fleet
        .provider
        .log()
        .matching(record -> record.is(RequestKind.TOKEN_REFRESH, "invalid_grant"))
        .size();
  }

  long granted(String user) {
    return granted().stream().filter(record -> user.equals(record.user())).count();
  }

  /** As Redis has it: 1 at login, one more with each rotation; 0 if there is no such session. */
  long storedGeneration(String cookie) throws IOException {
    Object generation = fleet.redis.ask("HGET", recordOf(cookie), "g");
    return generation.toString().isEmpty() ? 0 : Long.parseLong(generation.toString());
  }

  /** The name of a session's record: HKDF-SHA256 without salt over the secret in the cookie. */
  static String recordOf(String cookie) {
    byte[] bytes = Base64.getUrlDecoder().decode(cookie);
    byte[] secret = Arrays.copyOfRange(bytes, 1, 33);
    byte[] pseudoRandom = hmac(new byte[32], secret);
    byte[] info = "limen/lookup/1\u0001".getBytes(StandardCharsets.US_ASCII);
    return "limen:s:{" + HexFormat.of().formatHex(hmac(pseudoRandom, info)) + "}";
  }

  private static byte[] hmac(byte[] key, byte[] message) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HmacSHA256", e);
    }
  }
}
