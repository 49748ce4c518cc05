package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.limen.bytes.ByteWriter;
import dev.limen.bytes.Span;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An allow as Envoy's own classes read it. */
@DisplayName("C123 encoder round trip, allow")
final class AllowResponseTest {
  private static final HeaderField USER = new HeaderField("x-auth-request-user", "alice");
  private static final HeaderField BEARER =
      new HeaderField("authorization", "Bearer " + "t".repeat(900));
  private static final HeaderField FIRST_COOKIE = new HeaderField("set-cookie", "a=1");
  private static final HeaderField SECOND_COOKIE = new HeaderField("set-cookie", "b=2");
  private static final AllowResponse FULL =
      AllowResponse.of(
          List.of(USER, BEARER),
          List.of("x-auth-request-email", "x_auth_request_user"),
          List.of(FIRST_COOKIE, SECOND_COOKIE));
  private static final AllowResponse PLAIN = AllowResponse.of(List.of(), List.of(), List.of());

  private static CheckResponse parse(byte[] message) {
    try {
      return CheckResponse.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] withCookies(AllowResponse allow, byte[] cookies) {
    ByteWriter out = new ByteWriter(100_000);
    byte[] request = Wire.concat(new byte[3], cookies, new byte[3]);
    allow.writeSettingCookie(out, request, Span.of(3, 3 + cookies.length));
    return out.toByteArray();
  }

  private static byte[] withoutCookies(AllowResponse allow) {
    ByteWriter out = new ByteWriter(100_000);
    allow.writeRemovingCookie(out);
    return out.toByteArray();
  }

  @SuppressWarnings("deprecation") // older Envoys know no other field than append
  private static HeaderValueOption overwriting(String name, String value) {
    HeaderValueOption.Builder option = HeaderValueOption.newBuilder();
    option.getHeaderBuilder().setKey(name).setValue(value);
    option.getAppendBuilder().setValue(false);
    return option.setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD).build();
  }

  private static HeaderValueOption adding(HeaderField field) {
    HeaderValueOption.Builder option = HeaderValueOption.newBuilder();
    option.getHeaderBuilder().setKey(field.name()).setValue(field.value());
    return option.build();
  }

  private static CheckResponse full(HeaderValueOption... further) {
    OkHttpResponse.Builder ok =
        OkHttpResponse.newBuilder()
            .addHeaders(overwriting(USER.name(), USER.value()))
            .addHeaders(overwriting(BEARER.name(), BEARER.value()))
            .addHeadersToRemove("x-auth-request-email")
            .addHeadersToRemove("x_auth_request_user")
            .addResponseHeadersToAdd(adding(FIRST_COOKIE))
            .addResponseHeadersToAdd(adding(SECOND_COOKIE));
    for (HeaderValueOption option : further) {
      ok.addHeaders(option);
    }
    CheckResponse.Builder response = CheckResponse.newBuilder().setOkResponse(ok);
    response.getStatusBuilder().setCode(0);
    return response.build();
  }

  @Test
  void anAllowSaysWhatItWasTold() {
    assertThat(parse(FULL.toByteArray())).isEqualTo(full());
    assertThat(AllowResponse.of(List.of(USER), List.of(), List.of()).toByteArray())
        .isEqualTo(AllowResponse.of(List.of(USER), List.of(), List.of()).toByteArray());
  }

  @Test
  void anAllowWithoutChangesIsNotTheEmptyMessage() {
    assertThat(PLAIN.toByteArray()).isEqualTo(Wire.bytes(0x0a, 0, 0x1a, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 110, 120, 127, 128, 1_000, 16_384, 60_000})
  void theRestOfTheCookiesGoesUpstreamWhateverItsLength(int length) {
    String rest = "c".repeat(length);
    byte[] message = withCookies(FULL, rest.getBytes(StandardCharsets.US_ASCII));

    assertThat(parse(message)).isEqualTo(full(overwriting("cookie", rest)));
  }

  @Test
  void cookiesWithOddBytesAreMadeFitToBeSent() {
    byte[] odd = Wire.bytes('a', '=', 0xff, '\r', '\n', 0, 0xc3, 0xbc);

    assertThat(parse(withCookies(FULL, odd)))
        .isEqualTo(full(overwriting("cookie", "a=!!!!\u00fc")));
  }

  @Test
  void whereNoCookieIsLeftTheHeaderIsRemoved() {
    CheckResponse response = parse(withoutCookies(FULL));

    assertThat(response.getOkResponse().getHeadersToRemoveList()).contains("cookie").hasSize(3);
    assertThat(response.getOkResponse().getHeadersList())
        .isEqualTo(full().getOkResponse().getHeadersList());
  }

  @Test
  void everyHeaderThatIsSetEndsWithTheActionThatOverwrites() {
    byte[] message =
        withCookies(AllowResponse.of(List.of(USER), List.of(), List.of()), new byte[] {'a'});
    byte[] user = Wire.message(2, header(USER), Wire.bytes(0x12, 0, 0x18, 2));
    byte[] cookie =
        Wire.message(2, header(new HeaderField("cookie", "a")), Wire.bytes(0x12, 0, 0x18, 2));

    assertThat(message).isEqualTo(Wire.concat(Wire.bytes(0x0a, 0), Wire.message(3, user, cookie)));
  }

  @Test
  void aHeaderThatIsAddedToTheResponseHasNoAction() {
    byte[] message = AllowResponse.of(List.of(), List.of(), List.of(FIRST_COOKIE)).toByteArray();

    assertThat(message)
        .isEqualTo(
            Wire.concat(
                Wire.bytes(0x0a, 0), Wire.message(3, Wire.message(6, header(FIRST_COOKIE)))));
  }

  @Test
  void noNameIsSetTwiceOrSetAndRemovedOrRemovedTwice() {
    refuseTwice(List.of(USER, USER), List.of());
    refuseTwice(List.of(USER), List.of(USER.name()));
    refuseTwice(List.of(), List.of(USER.name(), USER.name()));
  }

  private static void refuseTwice(List<HeaderField> set, List<String> remove) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AllowResponse.of(set, remove, List.of()))
        .withMessage("a header must not be named twice: name=x-auth-request-user");
  }

  @Test
  void aCookieThatIsSetAlreadyIsNotSetAgain() {
    AllowResponse settled =
        AllowResponse.of(List.of(new HeaderField("cookie", "secret")), List.of(), List.of());
    for (AllowResponse allow :
        List.of(settled, AllowResponse.of(List.of(), List.of("cookie"), List.of()))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> withCookies(allow, new byte[1]))
          .withMessage("a header must not be named twice: name=cookie");
      assertThatIllegalArgumentException().isThrownBy(() -> withoutCookies(allow));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {":path", "host", "x-envoy-a", "", "A", "a\n", "connection"})
  void aNameThatMustNotBeTouchedIsNotRemoved(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AllowResponse.of(List.of(), List.of(name), List.of()));
  }

  @Test
  void anAllowBeyondTheLimitIsNotMade() {
    int optionBytes = 16;
    String fits = "x".repeat(CheckResponseFields.MAX_BYTES - 2 * optionBytes);
    assertThat(AllowResponse.of(List.of(new HeaderField("a", fits)), List.of(), List.of()))
        .isNotNull();
    HeaderField longest = new HeaderField("a", "x".repeat(CheckResponseFields.MAX_BYTES));
    assertThatIllegalStateException()
        .isThrownBy(() -> AllowResponse.of(List.of(longest), List.of(), List.of()))
        .withMessageStartingWith("a writer must not pass its limit: limit=524288 needed=");
  }

  private static byte[] header(HeaderField field) {
    return Wire.message(1, Wire.text(1, field.name()), Wire.text(2, field.value()));
  }
}
