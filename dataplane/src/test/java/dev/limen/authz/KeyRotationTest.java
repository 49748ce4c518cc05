package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import dev.limen.session.StoreUnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Replicas over one store, whose rings change one after the other. */
@NullMarked
class KeyRotationTest {
  private static final KeyRing.Key K1 = key("k1", 1);
  private static final KeyRing.Key K2 = key("k2", 2);

  private final TroubledStore store = new TroubledStore();
  private final List<House> houses = new ArrayList<>();

  private static KeyRing.Key key(String id, int filling) {
    byte[] bytes = new byte[KeyRing.KEY_LENGTH];
    Arrays.fill(bytes, (byte) filling);
    return new KeyRing.Key(id, bytes);
  }

  private House replica(KeyRing.Key... ring) throws IOException {
    House house = House.replica(store, KeyRing.of(List.of(ring)));
    houses.add(house);
    return house;
  }

  @AfterEach
  void close() {
    houses.forEach(House::close);
  }

  private static Decision ask(House house, String cookie) {
    return house.ask(get("/orders").header("cookie: " + cookie));
  }

  @Test
  void aKeyIsAddedAsSecondThenMadeFirstThenTheOldOneGoesAndNobodyIsLockedOut() throws IOException {
    List<House> steps = List.of(replica(K1), replica(K1, K2), replica(K2, K1), replica(K2));
    for (int step = 0; step + 1 < steps.size(); step++) {
      House before = steps.get(step);
      House after = steps.get(step + 1);
      assertThat(ask(after, before.signedIn(House.alice()))).isInstanceOf(Decision.Allow.class);
      assertThat(ask(before, after.signedIn(House.alice()))).isInstanceOf(Decision.Allow.class);
    }
  }

  @Test
  void aSessionThatTheKeyMadeWhichIsGoneHasToSignInAgain() throws IOException {
    String old = replica(K1, K2).signedIn(House.alice());
    assertThat(ask(replica(K2), old))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_COOKIE_UNVERIFIED));
  }

  @Test
  @DisplayName(
      "A36, A37: a cookie under a key that this replica lacks looks forged, and is counted"
          + " apart, without a word to the store")
  void aKeyThatIsMadeFirstTooEarlyIsSeenInTheReasons() throws IOException {
    House early = replica(K2, K1);
    House late = replica(K1);
    String cookie = early.signedIn(House.alice());
    store.load =
        () -> CompletableFuture.failedFuture(new StoreUnavailableException("load", "not asked"));
    assertThat(ask(late, cookie))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_COOKIE_UNVERIFIED));
    assertThat(late.ask(get("/orders").navigation().header("cookie: " + cookie)))
        .isInstanceOfSatisfying(
            Decision.Redirect.class,
            redirect -> assertThat(redirect.reason()).isEqualTo(Reason.SESSION_COOKIE_UNVERIFIED));
    assertThat(ask(early, cookie)).isEqualTo(new Decision.Unavailable(Reason.STORE_UNAVAILABLE));
  }
}
