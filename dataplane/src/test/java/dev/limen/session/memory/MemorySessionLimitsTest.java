package dev.limen.session.memory;

import dev.limen.session.SessionLimitsContract;
import dev.limen.session.SessionStore;

/** The limits of sessions over the store in this process. */
class MemorySessionLimitsTest extends SessionLimitsContract {
  private final MemoryStore store = new MemoryStore();

  @Override
  protected SessionStore store() {
    return store;
  }
}
