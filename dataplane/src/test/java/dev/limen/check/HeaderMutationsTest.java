package dev.limen.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an allow may do to a request. */
class HeaderMutationsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "upgrade",
        "x-envoy-internal"
      })
  @DisplayName("what is Envoy's or the connection's is neither set nor removed")
  void whatIsEnvoysIsNeitherSetNorRemoved(String name) {
    List<HeaderField> set = List.of(new HeaderField(name, "v"));

    assertThatThrownBy(() -> new HeaderMutations(set, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a header that Limen must not touch: " + name);
    assertThatThrownBy(() -> new HeaderMutations(List.of(), List.of(name)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisplayName("a name is set once, or removed, and not both")
  void aNameIsSetOnceOrRemoved() {
    HeaderField a = new HeaderField("a", "1");

    assertThatThrownBy(() -> new HeaderMutations(List.of(a, a), List.of()))
        .hasMessage("header set twice: a");
    assertThatThrownBy(() -> new HeaderMutations(List.of(a), List.of("a")))
        .hasMessage("header both set and removed: a");
    assertThat(new HeaderMutations(List.of(a), List.of()).withRemoved(List.of("a", "b", "b")))
        .isEqualTo(new HeaderMutations(List.of(a), List.of("b")));
  }

  @Test
  @DisplayName("values are not in what a log would show")
  void valuesAreNotInALog() {
    HeaderMutations mutations =
        new HeaderMutations(List.of(new HeaderField("authorization", "Bearer t")), List.of());

    assertThat(mutations.toString()).contains("authorization").doesNotContain("Bearer");
  }
}
