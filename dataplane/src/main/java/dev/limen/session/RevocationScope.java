package dev.limen.session;

/**
 * Which sessions a revocation ends: all that began before it and that the scope names.
 *
 * <p>Invariant: names persons, sessions and providers as an ID token and a logout token do, and
 * says none of it in a text: a scope is logged by its {@link #label}. Source: OpenID Connect
 * Back-Channel Logout 1.0, section 2.4, for {@code sub} and {@code sid}, which mean something only
 * together with their issuer.
 */
public sealed interface RevocationScope {
  /** What the scope is called in metrics and logs. */
  String label();

  /** One session, by what it is filed under. */
  record OneSession(SessionKey key) implements RevocationScope {
    @Override
    public String label() {
      return "session";
    }
  }

  /** All sessions of one person. */
  record User(String issuer, String subject) implements RevocationScope {
    public User {
      requireNamed("a user", issuer, subject);
    }

    @Override
    public String label() {
      return "user";
    }

    @Override
    public String toString() {
      return label();
    }
  }

  /** All sessions that came out of one session at the provider. */
  record ProviderSession(String issuer, String sid) implements RevocationScope {
    public ProviderSession {
      requireNamed("a provider session", issuer, sid);
    }

    @Override
    public String label() {
      return "provider_session";
    }

    @Override
    public String toString() {
      return label();
    }
  }

  /** All sessions that began at one provider, by its id in the configuration. */
  record Provider(String id) implements RevocationScope {
    public Provider {
      requireNamed("a provider", id, id);
    }

    @Override
    public String label() {
      return "provider";
    }
  }

  /** All sessions. */
  record Everyone() implements RevocationScope {
    @Override
    public String label() {
      return "everyone";
    }
  }

  private static void requireNamed(String what, String issuer, String name) {
    if (issuer.isEmpty() || name.isEmpty()) {
      throw new IllegalArgumentException(what + " to revoke has a name");
    }
  }
}
