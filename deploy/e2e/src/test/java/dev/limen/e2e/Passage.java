package dev.limen.e2e;

import dev.limen.demo.http.Reply;
import dev.limen.demo.http.Request;
import dev.limen.demo.run.Loopback;
import dev.limen.demo.run.Ports;
import java.io.IOException;
import java.util.List;

/**
 * How far one request came: whether Envoy asked Limen, and whether a service was reached.
 *
 * <p>Invariant: by Envoy's own counters before and after, so that an answer that looks right for
 * another reason is told apart. One request at a time.
 *
 * @param allowed how often Limen let it pass
 * @param denied how often Limen answered in the service's place
 * @param reached how many requests went to a service
 */
record Passage(Reply reply, long allowed, long denied, long failed, long reached) {
  private static final Loopback ADMIN = new Loopback(Ports.ENVOY_ADMIN);
  private static final String FIGURES =
      "/stats?filter=%5E%28http.%2A%5C.ext_authz%5C.limen%5C.%28ok%7Cdenied%7Cerror%29"
          + "%7Ccluster%5C.%28orders%7Creports%29%5C.upstream_rq_total%29%24";

  static Passage of(Visitor visitor, Request request) throws IOException {
    String before = ADMIN.get(FIGURES).text();
    Reply reply = visitor.send(request);
    String after = ADMIN.get(FIGURES).text();
    return new Passage(
        reply,
        sum(after, ".limen.ok: ") - sum(before, ".limen.ok: "),
        sum(after, ".limen.denied: ") - sum(before, ".limen.denied: "),
        sum(after, ".limen.error: ") - sum(before, ".limen.error: "),
        sum(after, ".upstream_rq_total: ") - sum(before, ".upstream_rq_total: "));
  }

  private static long sum(String figures, String name) {
    return figures
        .lines()
        .filter(line -> line.contains(name))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(": ") + 2).strip()))
        .sum();
  }

  int status() {
    return reply.status();
  }

  /** The headers of the request that a service saw, each {@code name: value}. */
  List<String> arrived() throws IOException {
    return Visitor.arrived(reply);
  }

  /** The values under that name that a service saw. */
  List<String> arrived(String name) throws IOException {
    return Visitor.arrived(reply, name);
  }

  /** {@code 401, refused by Limen}, {@code 400, not asked}, {@code 200, reached}. */
  String summary() {
    if (failed > 0) {
      return status() + (reached > 0 ? ", not answered, reached" : ", not answered");
    }
    if (denied > 0) {
      return status() + (reached > 0 ? ", refused by Limen, reached" : ", refused by Limen");
    }
    if (allowed > 0) {
      return status() + (reached > 0 ? ", reached" : ", allowed, not reached");
    }
    return status() + (reached > 0 ? ", not asked, reached" : ", not asked");
  }
}
