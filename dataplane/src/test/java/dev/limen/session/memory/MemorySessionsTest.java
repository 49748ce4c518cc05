package dev.limen.session.memory;

import dev.limen.session.SessionStore;
import dev.limen.session.SessionsContract;

/** Sessions over the store in this process. */
class MemorySessionsTest extends SessionsContract {
  private final MemoryStore store = new MemoryStore();

  @Override
  protected SessionStore store() {
    return store;
  }
}
