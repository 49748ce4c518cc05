package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The log is a witness that can be believed, and that tells nobody a secret. */
final class RequestLogTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private DevIdp idp;
  private Visitor visitor;
  private RelyingParty party;

  @BeforeEach
  void start() throws Exception {
    PrintStream lines = new PrintStream(written, true, StandardCharsets.UTF_8);
    idp = DevIdp.start(DevIdpConfig.demo().withSigningAlgorithm("ES256").withLog(lines));
    visitor = new Visitor(idp);
    party = new RelyingParty(idp);
  }

  @AfterEach
  void stop() {
    idp.close();
  }

  @Test
  void aLoginIsThreeRequestsAndARefreshOneMore() throws Exception {
    RelyingParty.Answer tokens = party.tokens(visitor, "alice");
    party.refresh(tokens);
    party.refresh(tokens);

    assertThat(idp.requests())
        .extracting(r -> r.kind().label() + "=" + r.outcome())
        .containsExactly(
            "authorize=login-form",
            "login=code-issued",
            "token:authorization_code=ok",
            "token:refresh_token=ok",
            "token:refresh_token=invalid_grant");
    RequestRecord redeemed = idp.requests().get(2);
    assertThat(redeemed.clientId()).isEqualTo("limen");
    assertThat(redeemed.user()).isEqualTo("alice");
    assertThat(redeemed.host()).isEqualTo("127.0.0.1:" + idp.port());
    assertThat(redeemed.status()).isEqualTo(200);
    assertThat(redeemed.remotePort()).isPositive();
    assertThat(idp.log().of(RequestKind.TOKEN)).hasSize(3);
  }

  @Test
  void aLineOfJsonIsWrittenForEachRequest() throws Exception {
    party.tokens(visitor, "alice");
    List<String> lines = written.toString(StandardCharsets.UTF_8).lines().toList();

    assertThat(lines).hasSize(3);
    Map<String, Object> line = JSONObjectUtils.parse(lines.get(1));
    assertThat(line)
        .containsEntry("kind", "login")
        .containsEntry("outcome", "code-issued")
        .containsEntry("client", "limen")
        .containsEntry("user", "alice")
        .containsEntry("method", "POST")
        .containsEntry("path", "/realms/limen/login-actions/authenticate");
  }

  @Test
  void noSecretIsInIt() throws Exception {
    String callback = visitor.signIn(party.request(), "alice");
    Map<String, String> redemption = party.redemption(callback);
    RelyingParty.Answer tokens = party.token(redemption);
    party.refresh(tokens);
    party.userInfo(tokens.text("access_token"));
    party.revoke(tokens.text("refresh_token"));
    visitor.get(
        idp.issuer() + "/protocol/openid-connect/logout?id_token_hint=" + tokens.text("id_token"));
    HttpResponse<String> form = new Visitor(idp).authorize(party.request());
    visitor.submit(form, Map.of("username", "a-password-in-the-wrong-field", "password", "x"));

    assertThat(written.toString(StandardCharsets.UTF_8))
        .doesNotContain(
            String.valueOf(redemption.get("code")),
            String.valueOf(redemption.get("code_verifier")),
            "the-state",
            RelyingParty.NONCE,
            "limen-demo-secret",
            tokens.text("access_token"),
            tokens.text("refresh_token"),
            tokens.text("id_token"),
            tokens.text("session_state"),
            "a-password-in-the-wrong-field");
  }

  @Test
  void noSecretIsInWhatTheInsidePrints() throws Exception {
    Realm realm = DevIdpConfig.demo().realm();

    assertThat(DevIdpConfig.demo().toString()).doesNotContain("limen-demo-secret");
    assertThat(realm.users().toString()).doesNotContain("password");
  }

  @Test
  void aPlantedHeaderIsSeenByItsNameAlone() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(idp.origin() + "/realms/limen"))
            .header("X-Auth-Request-User", "mallory")
            .build();
    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    party.get("/realms/limen");

    RequestRecord planted = idp.requests().getFirst();
    assertThat(planted.arrivedWith("x-auth-request-USER")).isTrue();
    assertThat(planted.toJson()).contains("x-auth-request-user").doesNotContain("mallory");
    assertThat(idp.requests().get(1).arrivedWith("x-auth-request-user")).isFalse();
  }

  @Test
  void aRequestThatIsTooLargeIsRefusedAndLogged() throws Exception {
    String atLimit = "x".repeat(Incoming.BODY_LIMIT - "grant_type=".length());
    assertThat(party.token(Map.of("grant_type", atLimit)).status()).isEqualTo(400);

    assertThat(party.token(Map.of("grant_type", atLimit + "x")).status()).isEqualTo(413);
    assertThat(idp.requests().getLast().outcome()).isEqualTo("too-large");
  }

  @Test
  void aConnectionIsKeptForTheNextRequest() throws Exception {
    party.get("/first");
    party.token(Map.of("grant_type", "refresh_token", "refresh_token", "unheard-of"));
    party.get("/third");

    assertThat(idp.requests().stream().map(RequestRecord::remotePort).distinct()).hasSize(1);
  }

  @Test
  void awaitingFindsWhatWasAndWhatComes() throws Exception {
    party.get("/first");
    assertThat(idp.log().await(r -> r.path().equals("/first"), Duration.ZERO).status())
        .isEqualTo(404);

    Thread later =
        Thread.startVirtualThread(() -> {
          try {
            party.get("/second");
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    RequestRecord second = idp.log().await(r -> r.path().equals("/second"), Duration.ofSeconds(10));
    later.join();

    assertThat(second.kind()).isEqualTo(RequestKind.UNKNOWN);
  }

  @Test
  void awaitingInVainSaysWhatCameInstead() throws Exception {
    party.get("/first");

    assertThatThrownBy(() -> idp.log().awaitCount(2, r -> r.status() == 404, Duration.ofMillis(20)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("found=1 expected=2 seen=[unknown=not-found]");
  }

  @Test
  void aListenerHearsEachRequestAndClearForgets() throws Exception {
    List<RequestRecord> heard = Collections.synchronizedList(new ArrayList<>());
    idp.log().addListener(heard::add);
    party.get("/first");
    party.get("/second");

    // A record is heard before its answer leaves, so there is nothing to wait for.
    assertThat(heard).hasSize(2);
    idp.log().clear();
    assertThat(idp.requests()).isEmpty();
  }
}
