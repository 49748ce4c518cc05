package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.session.StoreUnavailableException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Each kind of trouble has its reason, wrapped or not. */
final class ReasonOfTroubleTest {
  @Test
  void theStoresTroubleSaysItsReasonItself() {
    assertThat(Trouble.reasonOf(new StoreUnavailableException("load", "away")))
        .isEqualTo(Reason.STORE_UNAVAILABLE);
    StoreUnavailableException busy =
        new StoreUnavailableException("load", "busy", Reason.STORE_OVERLOADED);
    assertThat(Trouble.reasonOf(busy)).isEqualTo(Reason.STORE_OVERLOADED);
    assertThat(Trouble.reasonOf(new CompletionException(busy))).isEqualTo(Reason.STORE_OVERLOADED);
  }

  @Test
  void whatNobodyExpectedIsADefect() {
    assertThat(Trouble.reasonOf(new IllegalStateException("a defect")))
        .isEqualTo(Reason.INTERNAL_ERROR);
  }
}
