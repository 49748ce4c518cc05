package dev.limen.devidp;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What the provider can be told to do wrong, one word for each thing that goes wrong in the field.
 *
 * <p>Invariant: a fault that is not switched on changes nothing.
 */
public enum Fault {
  /** The answer is right but late: {@link FaultSwitches#delayBy}. */
  SLOW(RequestKind.TOKEN),
  /** 500 with an empty body; nothing was done. */
  HTTP_500(RequestKind.TOKEN),
  /** 200 with a page of HTML where JSON is due; nothing was done. */
  GARBAGE(RequestKind.TOKEN),
  /**
   * Another issuer: in the ID token, or, by scope, in the discovery document or in the {@code iss}
   * parameter of the authorization response.
   */
  WRONG_ISSUER(RequestKind.TOKEN),
  /** The ID token of a login carries another nonce. */
  WRONG_NONCE(RequestKind.TOKEN_CODE),
  /** The work is done (a code is spent, a refresh token rotated), then the connection drops. */
  LOST_RESPONSE(RequestKind.TOKEN),
  /** The ID token's signature does not verify. */
  BAD_SIGNATURE(RequestKind.TOKEN),
  /** The ID token is for another client. */
  WRONG_AUDIENCE(RequestKind.TOKEN),
  /** The ID token ended an hour ago. */
  EXPIRED_ID_TOKEN(RequestKind.TOKEN),
  /** A refresh brings an ID token about somebody else. */
  WRONG_SUBJECT_ON_REFRESH(RequestKind.TOKEN_REFRESH);

  private final RequestKind defaultScope;

  Fault(RequestKind defaultScope) {
    this.defaultScope = defaultScope;
  }

  /** The name on the command line and in the log, {@code wrong-nonce}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether an answer to a request of {@code kind} can show this fault at all. */
  public boolean canShowAt(RequestKind kind) {
    return switch (this) {
      case SLOW, HTTP_500, GARBAGE, LOST_RESPONSE -> true;
      case WRONG_ISSUER ->
          RequestKind.TOKEN.covers(kind)
              || kind == RequestKind.DISCOVERY
              || kind == RequestKind.AUTHORIZE
              || kind == RequestKind.LOGIN;
      case WRONG_NONCE -> kind == RequestKind.TOKEN_CODE;
      case BAD_SIGNATURE, WRONG_AUDIENCE, EXPIRED_ID_TOKEN -> RequestKind.TOKEN.covers(kind);
      case WRONG_SUBJECT_ON_REFRESH -> kind == RequestKind.TOKEN_REFRESH;
    };
  }

  /** The requests that this fault meets unless told otherwise. */
  public RequestKind defaultScope() {
    return defaultScope;
  }

  /**
   * The fault with this label.
   *
   * @throws IllegalArgumentException if there is none; the message lists them all
   */
  public static Fault labelled(String label) {
    for (Fault fault : values()) {
      if (fault.label().equals(label)) {
        return fault;
      }
    }
    throw new IllegalArgumentException(
        "fault="
            + label
            + ", expected one of "
            + Arrays.stream(values()).map(Fault::label).collect(Collectors.joining(", ")));
  }
}
