package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.type.v3.StatusCode;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every answer that is no allow, as Envoy's own classes read it. */
@DisplayName("C123 encoder round trip, denials")
final class CheckResponseWriterTest {
  private static final HeaderField NO_STORE = new HeaderField("cache-control", "no-store");
  private static final HeaderField LOCATION = new HeaderField("location", "/");

  private static CheckResponse parse(byte[] message) {
    assertThat(message).isNotEmpty();
    try {
      return CheckResponse.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static CheckResponse model(int code, int status, String body, HeaderField... headers) {
    DeniedHttpResponse.Builder denied = DeniedHttpResponse.newBuilder().setBody(body);
    denied.getStatusBuilder().setCode(StatusCode.forNumber(status));
    for (HeaderField header : headers) {
      HeaderValueOption.Builder option = denied.addHeadersBuilder();
      option.getHeaderBuilder().setKey(header.name()).setValue(header.value());
    }
    CheckResponse.Builder response = CheckResponse.newBuilder().setDeniedResponse(denied);
    response.getStatusBuilder().setCode(code);
    return response.build();
  }

  @Test
  void aRedirectHasALocationAndAllItsCookies() {
    byte[] message =
        CheckResponseWriter.redirect(
            "https://idp/auth?a=b&c", List.of("a=1; Path=/", "b=2"), List.of(NO_STORE));

    assertThat(parse(message))
        .isEqualTo(
            model(
                16,
                302,
                "",
                new HeaderField("location", "https://idp/auth?a=b&c"),
                new HeaderField("set-cookie", "a=1; Path=/"),
                new HeaderField("set-cookie", "b=2"),
                NO_STORE));
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 400, 403, 404, 405, 413, 429, 431, 503})
  void aPageHasItsStatusAndStillDoesNotAllow(int status) {
    String html = "<p>\u00fc" + "x".repeat(40_000);
    byte[] message = CheckResponseWriter.page(status, "text/html", html, List.of(NO_STORE));

    assertThat(parse(message))
        .isEqualTo(model(7, status, html, new HeaderField("content-type", "text/html"), NO_STORE));
  }

  @ParameterizedTest
  @CsvSource({"401, 16", "403, 7"})
  void aRefusalIsAProblemForPrograms(int status, int code) {
    byte[] message = CheckResponseWriter.deny(status, "{\"title\":\"no\"}", List.of(NO_STORE));

    assertThat(parse(message))
        .isEqualTo(
            model(
                code,
                status,
                "{\"title\":\"no\"}",
                new HeaderField("content-type", "application/problem+json"),
                NO_STORE));
  }

  @Test
  void unavailableIsADenialThatSaysWhenToComeBack() {
    byte[] message = CheckResponseWriter.unavailable(5, "text/plain", "later", List.of(NO_STORE));

    assertThat(parse(message))
        .isEqualTo(
            model(
                7,
                503,
                "later",
                new HeaderField("content-type", "text/plain"),
                new HeaderField("retry-after", "5"),
                NO_STORE));
  }

  @Test
  void theBytesAreTheOnesInThePicture() {
    byte[] header =
        Wire.message(2, Wire.message(1, Wire.text(1, "cache-control"), Wire.text(2, "no-store")));
    byte[] denied =
        Wire.message(2, Wire.message(1, Wire.number(1, 403)), header, Wire.text(3, "no"));

    assertThat(CheckResponseWriter.denied(403, List.of(NO_STORE), "no"))
        .isEqualTo(Wire.concat(Wire.bytes(0x0a, 2, 8, 7), denied));
  }

  @Test
  void onlyTheListedStatusesAreSent() {
    IntStream.rangeClosed(-1, 1_100)
        .filter(status -> !CheckResponseWriter.STATUSES.contains(status))
        .forEach(status ->
            assertThatIllegalArgumentException()
                .isThrownBy(() -> CheckResponseWriter.denied(status, List.of(LOCATION), ""))
                .withMessage("a status that Limen does not send: status=" + status));
  }

  @Test
  @DisplayName("C86 never an empty message")
  void noAnswerIsEmptyOrAnAllowByAccident() {
    for (int status : CheckResponseWriter.STATUSES) {
      boolean redirect = status == 302 || status == 303;
      List<HeaderField> headers = redirect ? List.of(LOCATION) : List.of();
      CheckResponse response = parse(CheckResponseWriter.denied(status, headers, ""));

      assertThat(response.getStatus().getCode()).isIn(7, 16);
      assertThat(response.hasDeniedResponse()).isTrue();
      assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(status);
    }
  }

  @Test
  void aRedirectNeedsALocationAndNothingElseMayHaveOne() {
    for (int status : new int[] {302, 303}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CheckResponseWriter.denied(status, List.of(), ""))
          .withMessage("a redirect, and nothing else, must say where to: status=" + status);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckResponseWriter.deny(401, "{}", List.of(LOCATION)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckResponseWriter.page(302, "text/html", "x", List.of(LOCATION)))
        .withMessage("a page must not be a redirect: status=302");
  }

  @Test
  void aRefusalIsNeverASuccess() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckResponseWriter.deny(200, "{}", List.of()))
        .withMessage("a refusal must be an error: status=200");
  }

  @Test
  void aTimeToWaitIsNotNegative() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckResponseWriter.unavailable(-1, "text/plain", "", List.of()))
        .withMessage("a time to wait must not be negative: retryAfterSeconds=-1");
  }

  @Test
  void aHeaderThatIsNoListIsNotSentTwice() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckResponseWriter.redirect("/a", List.of(), List.of(LOCATION)))
        .withMessage("a header must not be named twice: name=location");
  }

  @Test
  void aSplitLocationOrCookieIsRefusedAndNotShown() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckResponseWriter.redirect("/\r\nx: secret", List.of(), List.of()))
        .withMessage("a header value must not hold a control character: name=location index=1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckResponseWriter.redirect("/", List.of("a=secret\n"), List.of()))
        .withMessage("a header value must not hold a control character: name=set-cookie index=8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckResponseWriter.page(200, "text/html\0", "x", List.of()));
  }
}
