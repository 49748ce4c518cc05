package dev.limen.check;

import java.util.ArrayList;
import java.util.List;

/**
 * What an allow does to the request's headers: some are overwritten, some removed.
 *
 * <p>Invariant: names are lower-case, no name stands twice, and none is both set and removed, since
 * Envoy removes after it sets (source/extensions/filters/http/ext_authz, {@code onComplete}). None
 * speaks of the connection, of a message's length, of the host, or to Envoy itself, which would not
 * mind: it applies them.
 *
 * @param set headers that replace whatever the client sent
 * @param remove names that must not reach the upstream
 */
public record HeaderMutations(List<HeaderField> set, List<String> remove) {
  public HeaderMutations {
    set = List.copyOf(set);
    remove = List.copyOf(remove);
    set.forEach(field -> requireOurs(field.name()));
    remove.forEach(HeaderMutations::requireOurs);
    for (int i = 0; i < set.size(); i++) {
      String name = set.get(i).name();
      if (remove.contains(name)) {
        throw new IllegalArgumentException("header both set and removed: " + name);
      }
      for (int j = 0; j < i; j++) {
        if (set.get(j).name().equals(name)) {
          throw new IllegalArgumentException("header set twice: " + name);
        }
      }
    }
  }

  private static void requireOurs(String name) {
    if (dev.limen.extauthz.HeaderField.isEnvoysOwn(name)) {
      throw new IllegalArgumentException("a header that Limen must not touch: " + name);
    }
  }

  /** These mutations and one more header set. */
  public HeaderMutations withSet(HeaderField field) {
    List<HeaderField> more = new ArrayList<>(set);
    more.add(field);
    return new HeaderMutations(more, remove);
  }

  /** These mutations and more names removed; a name that is set, or already removed, is left. */
  public HeaderMutations withRemoved(List<String> names) {
    List<String> more = new ArrayList<>(remove);
    for (String name : names) {
      if (!more.contains(name) && set.stream().noneMatch(field -> field.name().equals(name))) {
        more.add(name);
      }
    }
    return new HeaderMutations(set, more);
  }

  /** The names only: values are tokens and people's data. */
  @Override
  public String toString() {
    return "HeaderMutations[set="
        + set.stream().map(HeaderField::name).toList()
        + ", remove="
        + remove
        + "]";
  }
}
