package dev.limen.authz;

import dev.limen.check.CheckRequest;
import dev.limen.check.HeaderField;
import dev.limen.check.HeaderMutations;
import dev.limen.config.HeaderProfileConfig;
import dev.limen.config.HeaderProfileConfig.HeaderConfig;
import dev.limen.config.LimenConfig;
import dev.limen.cookie.OwnCookies;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What an allow does to the request's headers: who it is for goes in, what a client claims to be
 * goes out.
 *
 * <p>Invariant: each {@linkplain ManagedNames managed} header, which is one that any profile names,
 * is set or removed on every allow, public routes included, and so is every other spelling of it
 * that came with the request; Limen's own cookies never pass. Managed headers are never read as
 * input. Immutable; safe for all threads.
 *
 * <p>Where {@code cookie} held only Limen's own, it is named among the removed; a writer whose wire
 * cannot remove what the gateway's lists keep (HTTP) sends it empty instead.
 */
final class IdentityHeaders {
  private static final String COOKIE = "cookie";
  private static final byte[] COOKIE_NAME = COOKIE.getBytes(StandardCharsets.US_ASCII);

  private final Map<String, HeaderProfile> profiles = new HashMap<>();
  private final ManagedNames managed;
  private final OwnCookies ownCookies;
  private final Counter refusedValues;

  /** The profiles of {@code config}, and the one that is built in. */
  IdentityHeaders(LimenConfig config, Metrics metrics) {
    HeaderProfileConfig builtIn = HeaderProfileConfig.builtIn();
    Set<String> names = new LinkedHashSet<>();
    addNames(builtIn, names);
    profiles.put(builtIn.id(), new HeaderProfile(builtIn, config.headerPolicy()));
    for (HeaderProfileConfig profile : config.headerProfiles()) {
      addNames(profile, names);
      profiles.put(profile.id(), new HeaderProfile(profile, config.headerPolicy()));
    }
    names.addAll(config.headerPolicy().alsoRemove());
    managed = new ManagedNames(names);
    ownCookies = new OwnCookies(config.cookie().name());
    refusedValues =
        metrics.counter(
            "limen_header_values_refused_total",
            "Values of a person's that cannot stand in a header.",
            "header");
  }

  private static void addNames(HeaderProfileConfig profile, Set<String> names) {
    for (HeaderConfig header : profile.headers()) {
      names.add(header.name());
    }
  }

  /** The names that every allow sets or removes. */
  ManagedNames managed() {
    return managed;
  }

  /** For a request that passes as nobody's: all managed headers removed. */
  HeaderMutations forNobody(CheckRequest request) {
    return withoutClientsOwn(request, new ArrayList<>(1));
  }

  /**
   * For a request of {@code caller}, or null if what must be passed on cannot be.
   *
   * @param profile the id of a profile of the configuration
   */
  @Nullable HeaderMutations forCaller(
      CheckRequest request, String profile, Caller caller, Credentials credentials) {
    HeaderProfile known = profiles.get(profile);
    if (known == null) {
      throw new IllegalStateException("no header profile with id=" + profile);
    }
    HeaderProfile.Values values = known.of(caller, credentials);
    String refused = values.refused();
    if (refused != null) {
      refusedValues.increment(refused);
      return null;
    }
    values.leftOut().forEach(refusedValues::increment);
    return withoutClientsOwn(request, values.set());
  }

  private HeaderMutations withoutClientsOwn(CheckRequest request, List<HeaderField> set) {
    List<String> remove = new ArrayList<>(managed.all().size());
    for (String name : managed.all()) {
      if (set.stream().noneMatch(field -> field.name().equals(name))) {
        remove.add(name);
      }
    }
    for (int i = 0; i < request.headerCount(); i++) {
      long name = request.headerName(i);
      if (managed.isOtherSpelling(request, name)) {
        String spelled = request.text(name);
        if (!remove.contains(spelled)) {
          remove.add(spelled);
        }
      }
    }
    addCookies(request, set, remove);
    return new HeaderMutations(set, remove);
  }

  private void addCookies(CheckRequest request, List<HeaderField> set, List<String> remove) {
    boolean anyOwn = false;
    StringJoiner others = new StringJoiner("; ");
    for (int i = 0; i < request.headerCount(); i++) {
      if (request.isSame(request.headerName(i), COOKIE_NAME)) {
        String rest = ownCookies.rest(request.bytes(), request.headerValue(i));
        anyOwn |= rest != null;
        String kept = rest == null ? request.text(request.headerValue(i)) : rest;
        if (!kept.isEmpty()) {
          others.add(kept);
        }
      }
    }
    if (!anyOwn) {
      return;
    }
    String kept = others.toString();
    if (kept.isEmpty() || !HeaderField.isFieldValue(kept)) {
      remove.add(COOKIE);
    } else {
      set.add(new HeaderField(COOKIE, kept));
    }
  }
}
