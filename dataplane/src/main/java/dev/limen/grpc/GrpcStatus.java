package dev.limen.grpc;

/**
 * The gRPC status codes that this server sends, by number.
 *
 * <p>Invariant: anything but {@link #OK} is an error to Envoy, and an error never lets a request
 * pass unless its operator asked for that ({@code failure_mode_allow}). Source: gRPC's
 * statuscodes.md.
 */
enum GrpcStatus {
  /** The call has its answer, whatever that says. */
  OK(0),
  /** The client gave no time at all. */
  DEADLINE_EXCEEDED(4),
  /** No such service to be healthy. */
  NOT_FOUND(5),
  /** The message, or its count of headers, is past a limit. */
  RESOURCE_EXHAUSTED(8),
  /** No such method, or a compression that is not spoken here. */
  UNIMPLEMENTED(12),
  /** The framing or the message is broken. */
  INTERNAL(13);

  private final String number;

  GrpcStatus(int number) {
    this.number = Integer.toString(number);
  }

  /** The value of the {@code grpc-status} trailer. */
  String number() {
    return number;
  }
}
