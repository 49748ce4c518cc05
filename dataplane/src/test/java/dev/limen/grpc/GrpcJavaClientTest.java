package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The door as grpc-java's own client sees it. */
@Timeout(120)
@SuppressWarnings("deprecation") // "append" is what Envoys read to this day.
class GrpcJavaClientTest {
  private DoorFixture door;
  private ManagedChannel channel;

  @BeforeEach
  void open() throws IOException {
    door = new DoorFixture();
    channel = NettyChannelBuilder.forAddress(door.server.address()).usePlaintext().build();
  }

  @AfterEach
  void close() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    door.close();
  }

  private AuthorizationGrpc.AuthorizationBlockingStub stub() {
    return AuthorizationGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("C86 an allow has an ok_response whose headers overwrite")
  void anAllowHasAnOkResponseWhoseHeadersOverwrite() {
    CheckResponse response =
        stub().check(DoorFixture.checkRequest("/orders", "cookie", "__Host-limen=alice"));

    assertThat(response.getStatus().getCode()).isZero();
    assertThat(response.hasOkResponse()).isTrue();
    assertThat(response.getOkResponse().getHeadersList())
        .allSatisfy(option -> {
          assertThat(option.hasAppend()).isTrue();
          assertThat(option.getAppend().getValue()).isFalse();
          assertThat(option.getAppendActionValue()).isEqualTo(2);
        })
        .extracting(option -> option.getHeader().getKey())
        .containsExactly("x-auth-request-user", "authorization");
    assertThat(response.getOkResponse().getHeadersToRemoveList())
        .containsExactly("x-auth-request-email", "cookie", "x-auth-request-groups");
  }

  @Test
  @DisplayName("a redirect is a denial of 16 with Location, cookies and no-store, none appended")
  void aRedirectIsADenialOf16() {
    CheckResponse response =
        stub().check(DoorFixture.checkRequest("/orders", "accept", "text/html"));

    assertThat(response.getStatus().getCode()).isEqualTo(16);
    assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(302);
    assertThat(response.getDeniedResponse().getHeadersList())
        .noneMatch(option -> option.hasAppend())
        .extracting(option -> option.getHeader().getKey())
        .contains("location", "cache-control", "content-security-policy")
        .filteredOn("set-cookie"::equals)
        .hasSize(2);
  }

  @Test
  @DisplayName("a refusal is a denial of 16 or 7 with a problem in JSON")
  void aRefusalIsADenialWithAProblem() {
    CheckResponse response = stub().check(DoorFixture.checkRequest("/orders"));

    assertThat(response.getStatus().getCode()).isEqualTo(16);
    assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(401);
    assertThat(response.getDeniedResponse().getBody()).contains("\"reason\":\"no_session\"");
  }

  @Test
  @DisplayName("two hundred calls at once are answered each with its own")
  void twoHundredCallsAtOnceAreAnsweredEachWithItsOwn() throws Exception {
    AuthorizationGrpc.AuthorizationFutureStub stub = AuthorizationGrpc.newFutureStub(channel);
    List<Future<CheckResponse>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      answers.add(stub.check(DoorFixture.checkRequest("/x", "cookie", "__Host-limen=user" + i)));
    }

    for (int i = 0; i < 200; i++) {
      CheckResponse response = answers.get(i).get(30, TimeUnit.SECONDS);
      assertThat(response.getOkResponse().getHeaders(0).getHeader().getValue())
          .isEqualTo("user" + i);
    }
  }

  @Test
  @DisplayName("a check larger than a frame and a window comes through")
  void aCheckLargerThanAFrameComesThrough() {
    String cookies = "a=" + "x".repeat(60_000) + "; __Host-limen=alice";

    assertThat(stub().check(DoorFixture.checkRequest("/x", "cookie", cookies)).hasOkResponse())
        .isTrue();
  }

  @Test
  @DisplayName("C94 a check over the limit is RESOURCE_EXHAUSTED")
  void aCheckOverTheLimitIsResourceExhausted() {
    String cookies = "x".repeat(MessageAssembly.MAX_MESSAGE_BYTES);

    assertThatThrownBy(() -> stub().check(DoorFixture.checkRequest("/x", "cookie", cookies)))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
  }

  @Test
  @DisplayName("C101 a client that gives up leaves the others alone")
  void aClientThatGivesUpLeavesTheOthersAlone() throws Exception {
    Future<CheckResponse> slow =
        AuthorizationGrpc.newFutureStub(channel)
            .check(DoorFixture.checkRequest("/slow", "cookie", "__Host-limen=alice"));
    door.checks.awaitSlow();
    assertThat(slow.cancel(true)).isTrue();

    assertThat(
            stub()
                .check(DoorFixture.checkRequest("/x", "cookie", "__Host-limen=alice"))
                .hasOkResponse())
        .isTrue();
  }
}
