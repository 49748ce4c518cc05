package dev.limen.login;

/**
 * Which provider people sign in at who want to go somewhere: the port to the routes.
 *
 * <p>Invariant: names a provider that is started, for every address; asked with one that {@link
 * RedirectPolicy} took.
 */
@FunctionalInterface
public interface ProviderChoice {
  /**
   * The id of the provider for an address.
   *
   * @param scheme {@code http} or {@code https}
   * @param host authority with port
   * @param path without query
   */
  String providerFor(String scheme, String host, String path);
}
