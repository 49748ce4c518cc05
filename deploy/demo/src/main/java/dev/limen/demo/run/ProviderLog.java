package dev.limen.demo.run;

import java.util.List;

/** What the provider says that it saw and did; the same words for both providers. */
public interface ProviderLog {
  /** All of it, oldest first. */
  List<Entry> entries();

  /** What an entry is about. */
  enum Kind {
    /** A browser arrived at the authorization endpoint. */
    AUTHORIZE,
    /** Name and password were right: a code was made. */
    LOGIN,
    /** A request reached the token endpoint. */
    TOKEN_REQUEST,
    /** Tokens were given for a code. */
    CODE_TO_TOKEN,
    /** Tokens were given for a refresh token. */
    REFRESH,
    /** The provider's own session was ended. */
    LOGOUT,
    /** Anything else. */
    OTHER
  }

  /**
   * One thing that happened.
   *
   * @param host by which name the provider was asked; empty where the log does not say
   * @param planted whether one of the two identity headers that the judge plants had arrived
   */
  record Entry(Kind kind, String host, boolean planted, String text) {}
}
