package dev.limen.demo.judge;

/** A person of the demo realm, whose password is the name. */
enum Credentials {
  /** Has the role. */
  ALICE("alice"),
  /** Has not. */
  BOB("bob");

  private final String user;

  Credentials(String user) {
    this.user = user;
  }

  String user() {
    return user;
  }
}
