package dev.limen.session.redis;

import dev.limen.session.SessionKey;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * Looks at every session's key, a page at a time.
 *
 * <p>Invariant: asks with {@code SCAN}, never with {@code KEYS}, so that Redis answers others
 * between two pages; each page has a command's deadline. What is there from beginning to end is
 * found, and may be met twice. For one search.
 */
final class RedisSearch {
  /** Keys that Redis looks at for one page. */
  static final int PAGE = 1_000;

  private final RedisAsyncCommands<String, byte[]> redis;
  private final RedisKeys keys;
  private final Predicate<SessionKey> wanted;
  private final ScanArgs page;
  private final Set<SessionKey> found = new HashSet<>();

  RedisSearch(
      RedisAsyncCommands<String, byte[]> redis, RedisKeys keys, Predicate<SessionKey> wanted) {
    this.redis = redis;
    this.keys = keys;
    this.wanted = wanted;
    this.page = ScanArgs.Builder.matches(keys.sessions()).limit(PAGE);
  }

  CompletionStage<Set<SessionKey>> run() {
    return redis.scan(page).thenCompose(this::turned);
  }

  private CompletionStage<Set<SessionKey>> turned(KeyScanCursor<String> cursor) {
    for (String name : cursor.getKeys()) {
      SessionKey key = keys.sessionIn(name);
      if (key != null && wanted.test(key)) {
        found.add(key);
      }
    }
    return cursor.isFinished()
        ? CompletableFuture.completedFuture(Set.copyOf(found))
        : redis.scan(ScanCursor.of(cursor.getCursor()), page).thenCompose(this::turned);
  }
}
