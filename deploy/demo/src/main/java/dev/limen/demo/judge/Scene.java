package dev.limen.demo.judge;

import dev.limen.demo.http.HttpWire;
import dev.limen.demo.http.Reply;
import dev.limen.demo.run.AccessLog;
import dev.limen.demo.run.Await;
import dev.limen.demo.run.Edge;
import dev.limen.demo.run.Envoy;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.ProviderLog;
import dev.limen.demo.run.Stage;
import dev.limen.demo.run.TcpRecorder;
import dev.limen.demo.run.TlsEdge;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The witnesses of one mode: everything that the judge may look at, and nothing of Limen's own. */
final class Scene {
  /** Logs are written after answers. */
  static final Duration LOG_PATIENCE = Duration.ofSeconds(5);

  private static final String EXT_AUTHZ = "http.ingress.ext_authz.limen.";

  private final Stage stage;
  private final Envoy envoy;
  private final Mode mode;
  private final HttpWire wire;
  private final StoreView store;
  private final Set<String> seen = new HashSet<>();

  Scene(Stage stage, Envoy envoy, Mode mode) {
    this.stage = stage;
    this.envoy = envoy;
    this.mode = mode;
    TlsEdge tls = stage.tls();
    this.wire = new HttpWire(stage.edge().port(), tls == null ? null : tls.clientSide());
    this.store = StoreView.of(stage);
  }

  /** What each sign-in must choose anew. */
  void expectFresh(Query authorization) {
    for (String name : List.of("state", "nonce", "code_challenge")) {
      boolean fresh = seen.add(name + "=" + authorization.get(name));
      StepFailed.expect(fresh, "a " + name + " of its own for each sign-in", "one twice");
    }
  }

  Stage stage() {
    return stage;
  }

  Envoy envoy() {
    return envoy;
  }

  Mode mode() {
    return mode;
  }

  Edge edge() {
    return stage.edge();
  }

  StoreView store() {
    return store;
  }

  Browser newBrowser() {
    return new Browser(wire);
  }

  TcpRecorder recorder() {
    return stage.recorder(mode);
  }

  /** Envoy's log line for this answer. */
  AccessLog.Line logged(Reply reply) {
    String id =
        StepFailed.expectPresent(
            reply.header("x-request-id"), "an answer of Envoy, with x-request-id");
    return StepFailed.expectPresent(
        envoy.accessLog().await(id, LOG_PATIENCE), "a line in Envoy's access log");
  }

  /** How often Envoy's ext_authz filter has come to a decision. */
  long checks() {
    return envoy.counter(EXT_AUTHZ + "ok")
        + envoy.counter(EXT_AUTHZ + "denied")
        + envoy.counter(EXT_AUTHZ + "error");
  }

  long checksPassed() {
    return envoy.counter(EXT_AUTHZ + "ok");
  }

  /** Requests that Envoy sent to the cluster that it asks in this mode. */
  long requestsToLimen() {
    return envoy.counter("cluster." + mode.checkCluster() + ".upstream_rq_total");
  }

  /** Where the provider's log ends now. */
  int providerMark() {
    return stage.provider().log().entries().size();
  }

  /** Entries of this kind since the mark. */
  List<ProviderLog.Entry> providerSince(int mark, ProviderLog.Kind kind) {
    List<ProviderLog.Entry> all = stage.provider().log().entries();
    return all.subList(mark, all.size()).stream().filter(one -> one.kind() == kind).toList();
  }

  /** The same, but waits for the first, since the provider writes after it answers. */
  List<ProviderLog.Entry> awaitProvider(int mark, ProviderLog.Kind kind) {
    Await.until(LOG_PATIENCE, () -> !providerSince(mark, kind).isEmpty());
    return providerSince(mark, kind);
  }

  /** Waits for the number of sessions, which a gauge may show a moment later. */
  long awaitSessions(long expected) throws IOException {
    Await.until(LOG_PATIENCE, () -> store.sessions() == expected);
    return store.sessions();
  }
}
