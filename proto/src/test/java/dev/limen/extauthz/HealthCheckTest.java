package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.extauthz.HealthCheck.ServingStatus;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The messages of grpc.health.v1. */
final class HealthCheckTest {
  private static final String SERVICE = "envoy.service.auth.v3.Authorization";

  private static String service(byte[] message) {
    long span = HealthCheck.readService(message, Span.of(0, message.length));
    return new String(message, Span.start(span), Span.length(span), StandardCharsets.UTF_8);
  }

  @Test
  void theEmptyRequestAsksForTheWholeServer() {
    assertThat(service(new byte[0])).isEmpty();
    assertThat(service(Wire.text(1, ""))).isEmpty();
  }

  @Test
  void aRequestNamesAService() {
    assertThat(service(Wire.text(1, SERVICE))).isEqualTo(SERVICE);
    assertThat(service(Wire.concat(Wire.number(7, 1), Wire.text(1, "a"), Wire.text(1, SERVICE))))
        .isEqualTo(SERVICE);
  }

  @Test
  void aRequestIsReadWhereItStands() {
    byte[] message = Wire.text(1, SERVICE);
    byte[] buffer = Wire.concat(new byte[5], message, new byte[5]);
    long span = HealthCheck.readService(buffer, Span.of(5, 5 + message.length));

    assertThat(span).isEqualTo(Span.of(7, 5 + message.length));
  }

  @Test
  void aCutOrDamagedRequestIsNone() {
    byte[] message = Wire.text(1, SERVICE);
    for (int length = 1; length < message.length; length++) {
      assertThat(HealthCheck.readService(message, Span.of(0, length))).isEqualTo(Span.ABSENT);
    }
    byte[] zero = Wire.bytes(0, 0);
    assertThat(HealthCheck.readService(zero, Span.of(0, 2))).isEqualTo(Span.ABSENT);
    byte[] endGroup = Wire.tag(1, 4);
    assertThat(HealthCheck.readService(endGroup, Span.of(0, 1))).isEqualTo(Span.ABSENT);
  }

  @Test
  void anAnswerIsItsStatus() {
    assertThat(ServingStatus.SERVING.toResponse()).isEqualTo(Wire.number(1, 1));
    assertThat(ServingStatus.NOT_SERVING.toResponse()).isEqualTo(Wire.number(1, 2));
  }
}
