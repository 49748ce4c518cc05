package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.limen.check.CheckNotes;
import dev.limen.check.Decision;
import dev.limen.check.HeaderField;
import dev.limen.check.HeaderMutations;
import dev.limen.check.Reason;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decisions as Envoy's own classes read them. */
class CheckResponsesTest {
  private static CheckResponse encode(Decision decision) throws IOException {
    return encode(decision, CheckNotes.NONE);
  }

  private static CheckResponse encode(Decision decision, CheckNotes notes) throws IOException {
    byte[] message = CheckResponses.encode(decision, notes).bytes();
    assertThat(message).isNotEmpty();
    return CheckResponse.parseFrom(message);
  }

  private static String bytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static Decision allow(HeaderField... set) {
    return new Decision.Allow(new HeaderMutations(List.of(set), List.of("x-auth-request-email")));
  }

  @Test
  @DisplayName("an identity that is bytes of UTF-8 reaches Envoy as that text")
  void anIdentityReachesEnvoyAsText() throws IOException {
    CheckResponse response =
        encode(allow(new HeaderField("x-auth-request-user", bytes("J\u00f6rg \u017d"))));

    assertThat(response.getOkResponse().getHeaders(0).getHeader().getValue())
        .isEqualTo("J\u00f6rg \u017d");
  }

  @Test
  @DisplayName("the rest of the cookies goes back as it came; what protobuf cannot say becomes !")
  void theRestOfTheCookiesGoesBackAsItCame() throws IOException {
    CheckResponse good = encode(allow(new HeaderField("cookie", bytes("a=\u00e9; b=2"))));
    CheckResponse odd = encode(allow(new HeaderField("cookie", "a=\u00ff; b=2")));

    assertThat(good.getOkResponse().getHeaders(0).getHeader().getValue())
        .isEqualTo("a=\u00e9; b=2");
    assertThat(odd.getOkResponse().getHeaders(0).getHeader().getValue()).isEqualTo("a=!; b=2");
  }

  @Test
  @DisplayName("who and why stand in the metadata of an allow and of a denial")
  void whoAndWhyStandInTheMetadata() throws IOException {
    CheckNotes notes =
        CheckNotes.of("orders", "login").withCaller("main", "J\u00f6rg", "0011223344556677");
    CheckResponse allowed = encode(allow(), notes);
    CheckResponse denied =
        encode(new Decision.Deny(403, Reason.ROUTE_DENIED), notes.withRule("require.group"));

    assertThat(texts(allowed))
        .containsOnly(
            entry("reason", "allowed"),
            entry("route", "orders"),
            entry("provider", "main"),
            entry("subject", "J\u00f6rg"),
            entry("session", "0011223344556677"));
    assertThat(texts(denied))
        .containsEntry("reason", "route_denied")
        .containsEntry("rule", "require.group");
    assertThat(texts(encode(allow()))).containsOnly(entry("reason", "allowed"));
  }

  private static Map<String, String> texts(CheckResponse response) {
    Map<String, String> texts = new HashMap<>();
    response
        .getDynamicMetadata()
        .getFieldsMap()
        .forEach((name, value) -> texts.put(name, value.getStringValue()));
    return texts;
  }

  @Test
  @DisplayName("an allow without anything to set is an allow still, and never empty")
  void anAllowWithoutAnythingToSetIsNeverEmpty() throws IOException {
    CheckResponse response = encode(new Decision.Allow(new HeaderMutations(List.of(), List.of())));

    assertThat(response.hasOkResponse()).isTrue();
    assertThat(response.hasStatus()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 400, 403, 404, 405, 503})
  @DisplayName("a page keeps its status, 200 among them, and is a denial")
  void aPageKeepsItsStatusAndIsADenial(int status) throws IOException {
    CheckResponse response =
        encode(
            new Decision.Page(status, "text/html", "<p>\u00e9", List.of("a=1"), Reason.NOT_FOUND));

    assertThat(response.getStatus().getCode()).isEqualTo(7);
    assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(status);
    assertThat(response.getDeniedResponse().getBody()).isEqualTo("<p>\u00e9");
  }

  @ParameterizedTest
  @ValueSource(ints = {99, 101, 204, 304, 500, 1000})
  @DisplayName("a status that Envoy does not pass on safely is 503")
  void aStatusThatEnvoyDoesNotPassOnSafelyIs503(int status) throws IOException {
    CheckResponse response =
        encode(new Decision.Page(status, "text/html", "x", List.of(), Reason.NOT_FOUND));

    assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(503);
  }

  @Test
  @DisplayName("a redirect that holds a line end is 503")
  void aRedirectThatHoldsALineEndIs503() throws IOException {
    CheckResponse response =
        encode(new Decision.Redirect("/a\r\nset-cookie: b", List.of(), Reason.SIGNED_IN));

    assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(503);
    assertThat(response.getDeniedResponse().getHeadersList())
        .noneMatch(option -> option.getHeader().getKey().equals("set-cookie"));
  }

  /**
   * Not {@code error_response}: Envoy up to 1.36 does not know it, and takes what is left as 403.
   */
  @Test
  @DisplayName("C129 trouble is a denied_response of 503 with Retry-After, as any Envoy reads it")
  void troubleIsADeniedResponseThatAnyEnvoyReads() throws IOException {
    CheckResponse response = encode(new Decision.Unavailable(Reason.STORE_UNAVAILABLE));

    assertThat(response.getStatus().getCode()).isEqualTo(7);
    assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(503);
    assertThat(response.getDeniedResponse().getHeadersList())
        .anyMatch(option -> option.getHeader().getKey().equals("retry-after"));
    assertThat(response.getUnknownFields().asMap()).isEmpty();
  }
}
