package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/**
 * What came of a check: what the browser gets if it was refused, what the upstream gets if not.
 *
 * <p>Invariant: there is an upstream's request only for an allow. Immutable.
 *
 * @param status 200 for an allow
 * @param headers of the answer, one line each, names in lower case; of an allow what it sets
 * @param upstream the headers with which the upstream was reached; empty if it was not
 */
record Arrived(int status, List<String> headers, List<String> upstream) {
  /** Whether the upstream was reached. */
  boolean isAllow() {
    return !upstream.isEmpty();
  }

  /** The values of the answer's headers named {@code name}. */
  List<String> all(String name) {
    return valuesOf(headers, name);
  }

  /** The values of the upstream's headers named {@code name}. */
  List<String> upstreamAll(String name) {
    return valuesOf(upstream, name);
  }

  /** Refused with {@code status}: no upstream, nobody's name, and no cookie cleared. */
  void assertNobody(int wanted) {
    assertThat(status).isEqualTo(wanted);
    assertThat(isAllow()).as("the upstream was reached").isFalse();
    assertThat(headers).noneMatch(line -> line.startsWith("x-auth-request-"));
    assertThat(all("authorization")).isEmpty();
    assertThat(all("set-cookie")).noneMatch(cookie -> cookie.startsWith("__Host-limen="));
    assertThat(all("location").isEmpty()).as("no redirect").isEqualTo(wanted != 302);
  }

  /** Let pass as this user name's owner, and as nobody else. */
  void assertIs(String name) {
    assertThat(status).isEqualTo(200);
    assertThat(upstreamAll("x-auth-request-preferred-username")).containsExactly(name);
  }

  private static List<String> valuesOf(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> Asked.nameOf(line).equals(name))
        .map(Asked::valueOf)
        .toList();
  }

  /** Cookies and tokens stay out of a failed test's message. */
  @Override
  public String toString() {
    return "Arrived[status=" + status + ", isAllow=" + isAllow() + "]";
  }
}
