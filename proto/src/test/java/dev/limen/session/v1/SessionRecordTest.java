package dev.limen.session.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DebugFormat;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is stored: a record of this version is read by the next one, and by the one before. */
final class SessionRecordTest {
  private static String debugText(Message message) {
    return DebugFormat.singleLine().toString(message);
  }

  private static String numbers(Descriptor message) {
    return message.getFields().stream()
        .map(field -> field.getNumber() + " " + field.getName())
        .collect(Collectors.joining(", "));
  }

  @Test
  void aFieldKeepsItsNumber() {
    assertThat(numbers(SessionTokens.getDescriptor()))
        .isEqualTo(
            "1 id_token, 2 access_token, 3 refresh_token, 4 access_token_expires_at_millis,"
                + " 5 refresh_token_expires_at_millis, 6 access_token_issued_at_millis,"
                + " 7 id_token_expires_at_millis");
    assertThat(numbers(SessionMetadata.getDescriptor()))
        .isEqualTo(
            "1 provider, 2 issuer, 3 subject, 4 name, 5 email, 6 preferred_username, 7 groups,"
                + " 8 realm_roles, 9 client_roles, 10 sid, 11 acr, 12 amr, 13 auth_time_seconds,"
                + " 14 created_at_millis, 15 absolute_expires_at_millis, 16 ip_prefix,"
                + " 17 browser_family, 18 user, 19 begun_at");
    assertThat(numbers(RoleList.getDescriptor())).isEqualTo("1 roles");
    assertThat(numbers(FlowState.getDescriptor()))
        .isEqualTo("1 provider, 2 seed, 3 return_path, 4 created_at_millis, 5 max_age_seconds");
  }

  @Test
  void metadataHasNoPlaceForAToken() {
    assertThat(SessionMetadata.getDescriptor().getFields().stream().map(FieldDescriptor::getName))
        .noneMatch(name -> name.contains("token"));
  }

  @Test
  void metadataComesBackAsItWasWritten() throws Exception {
    SessionMetadata metadata =
        SessionMetadata.newBuilder()
            .setProvider("main")
            .setSubject("s")
            .addAllGroups(List.of("a", "b"))
            .putClientRoles("limen", RoleList.newBuilder().addRoles("r").build())
            .setAuthTimeSeconds(7)
            .build();

    assertThat(SessionMetadata.parseFrom(metadata.toByteArray())).isEqualTo(metadata);
  }

  @Test
  void theDebugFormatOfARecordShowsNoSecret() {
    SessionTokens tokens =
        SessionTokens.newBuilder()
            .setIdToken("secret-1")
            .setAccessToken("secret-2")
            .setRefreshToken("secret-3")
            .setAccessTokenExpiresAtMillis(4711)
            .build();
    FlowState flow =
        FlowState.newBuilder()
            .setSeed(ByteString.copyFromUtf8("secret-4"))
            .setReturnPath("/orders")
            .build();

    assertThat(debugText(tokens)).contains("4711").doesNotContain("secret");
    assertThat(debugText(flow)).contains("/orders").doesNotContain("secret");
  }
}
