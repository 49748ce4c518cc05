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

  @ParameterizedTest
  @ValueSource(ints = {302, 303})
  void aRedirectHasALocationAndAllItsCookies(int status) {
    HeaderField[] headers = {
      new HeaderField("location", "https://idp/auth?a=b&c"),
      new HeaderField("set-cookie", "a=1; Path=/"),
      new HeaderField("set-cookie", "b=2"),
      NO_STORE
    };

    assertThat(parse(CheckResponseWriter.denied(status, List.of(headers), "")))
        .isEqualTo(model(16, status, "", headers));
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 400, 403, 404, 405, 413, 429, 431, 503})
  void aPageHasItsStatusAndStillDoesNotAllow(int status) {
    String html = "<p>\u00fc" + "x".repeat(40_000);
    HeaderField type = new HeaderField("content-type", "text/html");

    assertThat(parse(CheckResponseWriter.denied(status, List.of(type, NO_STORE), html)))
        .isEqualTo(model(7, status, html, type, NO_STORE));
  }

  @Test
  void whoIsNotSignedInIsUnauthenticatedAndNotForbidden() {
    assertThat(parse(CheckResponseWriter.denied(401, List.of(NO_STORE), "{}")))
        .isEqualTo(model(16, 401, "{}", NO_STORE));
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
        .isThrownBy(() -> CheckResponseWriter.denied(401, List.of(LOCATION), "{}"))
        .withMessage("a redirect, and nothing else, must say where to: status=401");
  }

  @Test
  void aHeaderThatIsNoListIsNotSentTwice() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckResponseWriter.denied(302, List.of(LOCATION, LOCATION), ""))
        .withMessage("a header must not be named twice: name=location");
  }

  @Test
  void aHeaderThatIsAListIsSentLineByLine() {
    HeaderField challenge = new HeaderField("www-authenticate", "Bearer");

    assertThat(parse(CheckResponseWriter.denied(401, List.of(challenge, challenge), "")))
        .isEqualTo(model(16, 401, "", challenge, challenge));
  }
}
