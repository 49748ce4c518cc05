package dev.limen.oidc;

/** Grants whose ID token nobody could judge, for tests of who keeps them. */
public final class UnverifiedGrants {
  private UnverifiedGrants() {}

  /** One that no provider will be asked about. */
  public static UnverifiedGrant some() {
    return new UnverifiedGrant(new TokenAnswer.Granted("a", "i", "r", 60, 0), 0);
  }
}
