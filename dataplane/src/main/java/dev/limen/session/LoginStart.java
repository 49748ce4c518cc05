package dev.limen.session;

import java.util.List;

/**
 * How a login began: noted before its tokens are asked for.
 *
 * <p>Invariant: the moment is the store's own, so that whatever revokes the login while the
 * provider's answer is on its way comes later, and ends it.
 *
 * @param begunAt what the store's clock said
 * @param replaced sessions of the same browser, which end when the new one is stored: they take no
 *     place of their user's
 */
public record LoginStart(long begunAt, List<SessionKey> replaced) {
  public LoginStart {
    replaced = List.copyOf(replaced);
  }
}
