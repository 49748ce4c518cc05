package dev.limen.devidp;

import java.util.List;

/**
 * A person who can log in.
 *
 * <p>Invariant: {@link #toString} does not show the password.
 *
 * @param subject the {@code sub} claim; never changes
 * @param username the name typed into the form
 * @param password the password typed into the form
 * @param realmRoles roles of the realm, expanded
 * @param accountRoles roles of Keycloak's own {@code account} client; empty for none
 * @param groups paths of groups, {@code /staff}
 * @param profile what the claims say of the person
 */
record User(
    String subject,
    String username,
    String password,
    List<String> realmRoles,
    List<String> accountRoles,
    List<String> groups,
    Profile profile) {

  User {
    realmRoles = List.copyOf(realmRoles);
    accountRoles = List.copyOf(accountRoles);
    groups = List.copyOf(groups);
  }

  /** Name and address; an empty string means that the realm says nothing. */
  record Profile(String email, boolean emailVerified, String firstName, String lastName) {
    String fullName() {
      return (firstName + " " + lastName).strip();
    }
  }

  @Override
  public String toString() {
    return "User[" + username + "]";
  }
}
