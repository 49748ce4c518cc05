package dev.limen.pages;

import java.util.Locale;

/**
 * Why a browser comes back from a sign-in without being signed in, as far as a callback can tell.
 *
 * <p>Invariant: words of ours only. Public for whoever judges a callback, and for the templates.
 */
public enum LoopCause {
  /** No session cookie came back. */
  COOKIE_NOT_KEPT(
      "Your browser did not keep the cookie that it was given here. Allow cookies for this site,"
          + " and open it with the address that begins with https if there is one."),
  /** The session is there and alive. */
  SESSION_NOT_SEEN(
      "You are signed in, but the page that you asked for does not take notice of it, or asks for"
          + " a sign-in that yours does not amount to. Whoever runs this site must look into it."),
  /** A session cookie came back whose session is gone. */
  SESSION_LOST("Your session was gone again at once. Whoever runs this site must look into it.");

  private final String sentence;

  LoopCause(String sentence) {
    this.sentence = sentence;
  }

  /** For a log line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** For people. */
  public String sentence() {
    return sentence;
  }
}
