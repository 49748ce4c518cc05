package dev.limen.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How many connections a door takes. */
class ConnectionLimitTest {
  private static InetAddress source(int last) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
  }

  @Test
  @DisplayName("as many as configured come in, one more does not, and who leaves makes room")
  void asManyAsConfiguredComeIn() throws Exception {
    ConnectionLimit limit = new ConnectionLimit(2, ConnectionLimit.NO_LIMIT);

    assertThat(limit.enter(source(1))).isTrue();
    assertThat(limit.enter(source(1))).isTrue();
    assertThat(limit.enter(source(2))).isFalse();
    assertThat(limit.count()).isEqualTo(2);
    limit.leave(source(1));
    assertThat(limit.enter(source(2))).isTrue();
  }

  @Test
  @DisplayName("A84 one source has its own limit, and takes no other's room")
  void oneSourceHasItsOwnLimit() throws Exception {
    ConnectionLimit limit = new ConnectionLimit(5, 2);

    assertThat(limit.enter(source(1))).isTrue();
    assertThat(limit.enter(source(1))).isTrue();
    assertThat(limit.enter(source(1))).isFalse();
    assertThat(limit.enter(source(2))).isTrue();
    limit.leave(source(1));
    assertThat(limit.enter(source(1))).isTrue();
    assertThat(limit.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("nothing is remembered of a source that has left, nor of one without a limit")
  void nothingIsRememberedOfASourceThatHasLeft() throws Exception {
    ConnectionLimit each = new ConnectionLimit(1_000, 2);
    ConnectionLimit all = new ConnectionLimit(1_000, ConnectionLimit.NO_LIMIT);
    for (int i = 0; i < 200; i++) {
      assertThat(each.enter(source(i))).isTrue();
      assertThat(all.enter(source(i))).isTrue();
    }
    assertThat(each.sourceCount()).isEqualTo(200);
    assertThat(all.sourceCount()).isZero();
    for (int i = 0; i < 200; i++) {
      each.leave(source(i));
    }

    assertThat(each.sourceCount()).isZero();
    assertThat(each.count()).isZero();
  }
}
