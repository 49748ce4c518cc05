package dev.limen.check;

import java.util.Locale;

/**
 * Why an answer is not a plain allow: the label of a metric, the word in a log line and in a JSON
 * problem, and one sentence for people.
 *
 * <p>Invariant: a reason never carries anything of the request, so it may be shown anywhere.
 */
public enum Reason {
  /** No session cookie came with the request. */
  NO_SESSION("Sign in to go on."),
  /** A session cookie came that is none of Limen's in form. */
  SESSION_COOKIE_MALFORMED("Sign in to go on."),
  /** Its check holds under no key of this ring: forged, or written under a key not known here. */
  SESSION_COOKIE_UNVERIFIED("Sign in to go on."),
  /** Two session cookies came, and choosing one would be a guess. */
  SESSION_COOKIE_AMBIGUOUS("Sign in to go on."),
  /** The store knows no such session: it ended, or never was. */
  SESSION_UNKNOWN("Your session has ended. Sign in to go on."),
  /** The session was idle for longer than {@code session.idleTimeout}. */
  SESSION_IDLE("Your session has ended. Sign in to go on."),
  /** The session began at another provider than the route's. */
  SESSION_OF_OTHER_PROVIDER("Sign in to go on."),
  /** The session reached {@code session.absoluteTimeout}, or its provider's own end. */
  SESSION_EXPIRED("Your session has ended. Sign in to go on."),
  /** The record does not open: it was moved, cut, or sealed for another session. */
  SESSION_SEAL_MISMATCH("Your session has ended. Sign in to go on."),
  /** The provider said that the refresh token is worth nothing any more. */
  SESSION_ENDED_BY_PROVIDER("Your session has ended. Sign in to go on."),
  /**
   * The same of a refresh token that was presented before, by somebody who died or never heard the
   * answer: the provider renewed it then, and nobody has what it gave.
   */
  LOST_ROTATION("Your session has ended. Sign in to go on."),
  /** The session was revoked: by a logout elsewhere, by an operator, by the limit of its user. */
  SESSION_REVOKED("Your session has ended. Sign in to go on."),
  /** The user has {@code session.maxPerUser.limit} sessions, and that refuses one more. */
  TOO_MANY_SESSIONS("You are signed in in too many places. Sign out in one of them first."),
  /** The check carries no host, method or path, or one that breaks the grammar. */
  REQUEST_MALFORMED("The request cannot be understood."),
  /** The path can be read in more than one way. */
  PATH_AMBIGUOUS("The request's path cannot be understood."),
  /** The target is in absolute, authority or asterisk form. */
  TARGET_FORM_REFUSED("The request's target cannot be understood."),
  /** Nobody configured this host. */
  HOST_UNKNOWN("This host is not served here."),
  /** More headers, or more bytes of them, than a named limit. */
  REQUEST_TOO_LARGE("The request's headers are too large."),
  /** More requests at once on one connection than were announced. */
  TOO_MANY_REQUESTS("Too many requests at once. Try again shortly."),
  /** More held of half-sent messages than {@code server.extAuthz.grpc.maxUnfinishedBytes}. */
  TOO_MUCH_UNFINISHED("Too much is asked at once. Try again shortly."),
  /** More checks under way than {@code server.extAuthz.maxPending}. */
  OVERLOADED("Too much is asked at once. Try again shortly."),
  /** A request began, and was not there whole within a named time. */
  REQUEST_INCOMPLETE("The request did not arrive in time."),
  /** What was sent breaks the rules of HTTP/2 itself: its frames, its fields, its limits. */
  PROTOCOL_ERROR("The request cannot be understood."),
  /** A version of HTTP that is not spoken here. */
  VERSION_REFUSED("This version of HTTP is not spoken here."),
  /** {@code Expect} names something else than {@code 100-continue}. */
  EXPECTATION_REFUSED("What the request expects is not done here."),
  /** A call over HTTP/2 that is not gRPC. */
  CONTENT_TYPE_REFUSED("Only gRPC is spoken here."),
  /** A call whose message is compressed. */
  COMPRESSION_REFUSED("Compression is not spoken here."),
  /** More connections than {@code maxConnections} or {@code maxConnectionsPerSource}. */
  TOO_MANY_CONNECTIONS("Too many connections at once. Try again shortly."),
  /** {@code Connection} names a header that carries identity. */
  CONNECTION_NAMES_IDENTITY("The request cannot be understood."),
  /** The route lets nobody pass. */
  ROUTE_DENIED("This is not open to anybody."),
  /** A value that should be sent upstream cannot stand in a header. */
  HEADER_VALUE_REFUSED("Your account holds a value that cannot be passed on."),
  /** The route asks for a group that the person is not in. */
  GROUP_MISSING("Your account has no access here."),
  /** The route asks for a realm or client role that the person does not have. */
  ROLE_MISSING("Your account has no access here."),
  /** The route asks for a scope that was not granted. */
  SCOPE_MISSING("Your account has no access here."),
  /** The route asks for another authentication context class ({@code acr}). */
  SIGN_IN_TOO_WEAK("A stronger sign-in is needed here."),
  /** The route asks for a sign-in ({@code auth_time}) that is less long ago. */
  SIGN_IN_TOO_OLD("Your sign-in is too long ago for this. Sign in again to go on."),
  /** The route asks for another value of a claim. */
  CLAIM_REFUSED("Your account has no access here."),
  /** The route asks for a verified e-mail address in another domain. */
  EMAIL_REFUSED("Your account has no access here."),
  /** The route's rules do not hold, for more than one reason or because one holds that must not. */
  RULE_REFUSED("Your account has no access here."),
  /** A check arrived for one of Limen's own endpoints: the gateway lacks a route. */
  OWN_ENDPOINT_NOT_ROUTED("The gateway lacks a route for this address."),
  /** No such endpoint. */
  NOT_FOUND("There is nothing here."),
  /** The endpoint exists, the method does not. */
  METHOD_NOT_ALLOWED("This address does not answer to that method."),
  /** The store did not answer, or answered with an error. */
  STORE_UNAVAILABLE("Sessions cannot be read at the moment. Try again shortly."),
  /** The store answers too few calls in time, so it was not asked. */
  STORE_SLOW("Sessions cannot be read at the moment. Try again shortly."),
  /** More sessions to load at once than {@code session.store.maxLoads}, and no turn in time. */
  STORE_OVERLOADED("Sessions cannot be read at the moment. Try again shortly."),
  /** The record was sealed with a key that this ring does not hold. */
  SEALING_KEY_UNKNOWN("Sessions cannot be read at the moment. Try again shortly."),
  /** The provider's metadata is not known yet, or the provider does not answer. */
  PROVIDER_UNAVAILABLE("The sign-in service does not answer. Try again shortly."),
  /** The provider refused this client's own credentials. */
  CLIENT_REFUSED_BY_PROVIDER("The sign-in service is not set up correctly."),
  /** The access token has expired, and its refresh did not finish in time. */
  REFRESH_PENDING("Your session is being renewed. Try again shortly."),
  /** The answer was not known in time: {@code server.extAuthz.deadline}, or the client's own. */
  DEADLINE_EXCEEDED("The answer took too long. Try again shortly."),
  /** The system's clock was set, and for too long nobody knows what time it is. */
  CLOCK_UNKNOWN("Sessions cannot be read at the moment. Try again shortly."),
  /** An exception that nobody expected: a defect, answered as trouble and never as an allow. */
  INTERNAL_ERROR("Something went wrong here. Try again shortly."),
  /** A callback without {@code state}, or with one that no flow cookie holds. */
  STATE_MISMATCH("This sign-in was not started here, or was started too long ago."),
  /** The flow cookie is gone, or does not open. */
  FLOW_UNKNOWN("This sign-in was not started here, or was started too long ago."),
  /** The flow is older than {@code cookie.flow.expire}. */
  FLOW_EXPIRED("This sign-in was started too long ago."),
  /** A parameter is missing, repeated, or too long. */
  CALLBACK_MALFORMED("The sign-in service sent an answer that cannot be understood."),
  /** {@code iss} is not the provider's issuer (RFC 9207). */
  ISSUER_MISMATCH("The sign-in service sent an answer that cannot be understood."),
  /** The provider answered with {@code error}. */
  PROVIDER_REFUSED("The sign-in service refused."),
  /** The provider does not accept the code. */
  CODE_REFUSED("The sign-in service refused."),
  /** The ID token breaks a rule of OpenID Connect Core, section 3.1.3.7. */
  ID_TOKEN_REFUSED("The sign-in service sent an identity that cannot be accepted."),
  /** A refresh brought an ID token about somebody else, or from another issuer. */
  IDENTITY_CHANGED("Your session has ended. Sign in to go on."),
  /** No access token came with the request. */
  NO_BEARER("An access token is needed here."),
  /** Two {@code Authorization} fields came, and choosing one would be a guess. */
  BEARER_AMBIGUOUS("The request carries more than one access token."),
  /** The access token is no signed JWT in compact form, or longer than a named limit. */
  BEARER_MALFORMED("The access token cannot be understood."),
  /** The access token's {@code iss} is none of {@code bearer.issuers}. */
  BEARER_ISSUER_UNKNOWN("The access token is not accepted here."),
  /** No key that the issuer publishes can have signed the access token. */
  BEARER_KEY_UNKNOWN("The access token is not accepted here."),
  /** Signature, header, subject or kind of the access token break a rule. */
  BEARER_REFUSED("The access token is not accepted here."),
  /** The access token is for other services than {@code bearer.issuers[].audiences}. */
  BEARER_AUDIENCE("The access token is not for this service."),
  /** The access token has expired, or does not say when it does. */
  BEARER_EXPIRED("The access token has expired."),
  /** The access token was issued, or begins, further ahead than clocks may differ. */
  BEARER_NOT_YET_VALID("The access token is not valid yet."),
  /** The issuer's keys are not known, or those that may have signed cannot be had now. */
  BEARER_KEYS_UNAVAILABLE("Access tokens cannot be checked at the moment. Try again shortly."),
  /** More access tokens than a named limit are being verified. */
  BEARER_BUSY("Access tokens cannot be checked at the moment. Try again shortly."),
  /** The place to return to is not on an allowed host. */
  REDIRECT_REFUSED("That address is not served here."),
  /** A browser signs in again and again, and its session is not seen where it goes. */
  LOGIN_LOOP("Signing in works, and yet you are asked to sign in again."),
  /** A sign-out that another site started. */
  CROSS_SITE_REFUSED("This has to be started from a page of this site."),
  /** A logout token that is none, breaks a rule, or was used before. */
  LOGOUT_TOKEN_REFUSED("The logout token is not accepted here."),
  /** Not a refusal: the provider has said that a session ended, and it has. */
  LOGGED_OUT_BY_PROVIDER("The session has ended."),
  /** Not a refusal: the browser is on its way to the provider. */
  SIGN_IN_STARTED("Sign in to go on."),
  /** Not a refusal: signed in, on the way back to where the browser wanted to go. */
  SIGNED_IN("You are signed in."),
  /** Not a refusal: whether to sign out is asked. */
  SIGN_OUT_ASKED("Confirm to sign out."),
  /** Not a refusal: signed out. */
  SIGNED_OUT("You are signed out."),
  /** Not a refusal: the answer to {@code userinfo}. */
  USERINFO("You are signed in.");

  private final String label = name().toLowerCase(Locale.ROOT);
  private final String sentence;

  Reason(String sentence) {
    this.sentence = sentence;
  }

  /** The reason as a metric label and log word: lower-case letters and underscores. */
  public String label() {
    return label;
  }

  /** One sentence for people, which gives nothing away. */
  public String sentence() {
    return sentence;
  }
}
