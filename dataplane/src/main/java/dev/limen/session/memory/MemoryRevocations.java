package dev.limen.session.memory;

import dev.limen.session.RevocationStore;
import dev.limen.session.Revocations.Revoked;
import dev.limen.session.SessionKey;
import dev.limen.session.StoreUnavailableException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Watermarks, tombstones and indexes in this process.
 *
 * <p>Invariant: its clock only counts, so no two moments are the same and none comes back. A full
 * table of watermarks refuses a revocation and forgets none; of the tombstones the oldest make
 * room, since nothing brings a record back into this store. An index names only sessions that the
 * store has, or is about to have. One lock guards all of it, and nothing waits under it.
 */
final class MemoryRevocations implements RevocationStore, RevocationStore.SessionIndex {
  /** About 200 bytes each. */
  static final int MAX_WATERMARKS = 262_144;

  /** About 150 bytes each. */
  static final int MAX_TOMBSTONES = 65_536;

  private final AtomicLong clock = new AtomicLong();
  private final Map<String, Watermark> watermarks = new HashMap<>();
  private final Set<SessionKey> tombstones = new LinkedHashSet<>();
  private final Map<String, Map<SessionKey, IndexEntry>> indexes = new HashMap<>();
  private final Map<SessionKey, Set<String>> namesOf = new HashMap<>();
  private final Predicate<SessionKey> delete;
  private final ToLongFunction<SessionKey> lastSeen;
  private final int maxWatermarks;
  private final int maxTombstones;

  /**
   * Marks over the records of a store.
   *
   * @param delete deletes a record; false if there is none
   * @param lastSeen when a session was last seen; negative if there is no record
   */
  MemoryRevocations(Predicate<SessionKey> delete, ToLongFunction<SessionKey> lastSeen) {
    this(delete, lastSeen, MAX_WATERMARKS, MAX_TOMBSTONES);
  }

  MemoryRevocations(
      Predicate<SessionKey> delete,
      ToLongFunction<SessionKey> lastSeen,
      int maxWatermarks,
      int maxTombstones) {
    this.delete = delete;
    this.lastSeen = lastSeen;
    this.maxWatermarks = maxWatermarks;
    this.maxTombstones = maxTombstones;
  }

  /** A watermark, and when it may be forgotten; 0 until the first sweep that meets it. */
  private record Watermark(long moment, long lifeMillis, long endsAtMillis) {}

  @Override
  public CompletionStage<Long> moment() {
    return CompletableFuture.completedFuture(clock.incrementAndGet());
  }

  @Override
  public synchronized CompletionStage<Marks> marks(SessionKey key, List<String> names) {
    long latest = 0;
    for (String name : names) {
      Watermark watermark = watermarks.get(name);
      latest = watermark == null ? latest : Math.max(latest, watermark.moment());
    }
    return CompletableFuture.completedFuture(new Marks(tombstones.contains(key), latest));
  }

  @Override
  public synchronized CompletionStage<Revoked> raise(String name, long atLeast, Duration life) {
    Watermark standing = watermarks.get(name);
    if (standing == null && watermarks.size() >= maxWatermarks) {
      return CompletableFuture.failedFuture(
          new StoreUnavailableException("revoke", "full, maxWatermarks=" + maxWatermarks));
    }
    long moment = Math.max(clock.incrementAndGet(), atLeast);
    if (standing == null || standing.moment() < moment) {
      watermarks.put(name, new Watermark(moment, life.toMillis(), 0));
    }
    return CompletableFuture.completedFuture(new Revoked(0, true));
  }

  /** The tombstone first, so that nothing is created between the two steps. */
  @Override
  public CompletionStage<Revoked> bury(SessionKey key, Duration life) {
    setTombstone(key);
    return CompletableFuture.completedFuture(new Revoked(delete.test(key) ? 1 : 0, true));
  }

  synchronized void setTombstone(SessionKey key) {
    tombstones.add(key);
    if (tombstones.size() > maxTombstones) {
      Iterator<SessionKey> oldest = tombstones.iterator();
      oldest.next();
      oldest.remove();
    }
  }

  synchronized boolean hasTombstone(SessionKey key) {
    return tombstones.contains(key);
  }

  @Override
  public SessionIndex index() {
    return this;
  }

  @Override
  public synchronized CompletionStage<@Nullable Void> add(
      IndexEntry entry, List<String> names, Duration life) {
    for (String name : names) {
      indexes.computeIfAbsent(name, _ -> new LinkedHashMap<>()).put(entry.key(), entry);
      namesOf.computeIfAbsent(entry.key(), _ -> new LinkedHashSet<>()).add(name);
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public synchronized CompletionStage<List<Listed>> list(List<String> names, int most) {
    return CompletableFuture.completedFuture(
        names.stream().flatMap(name -> latest(name, most).stream()).map(this::listed).toList());
  }

  private List<IndexEntry> latest(String name, int most) {
    return indexes.getOrDefault(name, Map.of()).values().stream()
        .sorted((one, other) -> Long.compare(other.begunAt(), one.begunAt()))
        .limit(most)
        .toList();
  }

  private Listed listed(IndexEntry entry) {
    long seen = lastSeen.applyAsLong(entry.key());
    return new Listed(entry, seen >= 0, tombstones.contains(entry.key()), Math.max(seen, 0));
  }

  @Override
  public synchronized CompletionStage<@Nullable Void> remove(
      List<SessionKey> keys, List<String> names) {
    keys.forEach(key -> names.forEach(name -> remove(key, name)));
    return CompletableFuture.completedFuture(null);
  }

  /** A session that the store has no more. */
  synchronized void forget(SessionKey key) {
    Set<String> names = namesOf.remove(key);
    if (names != null) {
      names.forEach(name -> remove(key, name));
    }
  }

  private void remove(SessionKey key, String name) {
    indexes.computeIfPresent(
        name,
        (_, entries) -> {
          entries.remove(key);
          return entries.isEmpty() ? null : entries;
        });
    namesOf.computeIfPresent(
        key,
        (_, names) -> {
          names.remove(name);
          return names.isEmpty() ? null : names;
        });
  }

  @Override
  public CompletionStage<Integer> deleteRecords(List<SessionKey> keys) {
    return CompletableFuture.completedFuture((int) keys.stream().filter(delete).count());
  }

  /** Forgets watermarks whose life is over, counted from the first sweep that met them. */
  synchronized void sweep(long nowMillis) {
    watermarks
        .values()
        .removeIf(each -> each.endsAtMillis() != 0 && nowMillis >= each.endsAtMillis());
    watermarks.replaceAll((_, each) ->
        each.endsAtMillis() != 0
            ? each
            : new Watermark(each.moment(), each.lifeMillis(), nowMillis + each.lifeMillis()));
  }

  /** Entries of all indexes. */
  synchronized int indexed() {
    return indexes.values().stream().mapToInt(Map::size).sum();
  }
}
