package dev.limen.session;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The port that stores fill: what was revoked.
 *
 * <p>Two kinds of mark. A <em>watermark</em> stands for a user, a provider session, a provider or
 * everyone, and says that sessions that began at its moment or before are over. A
 * <em>tombstone</em> stands for one session, and says that no record under its key counts, whoever
 * brings it back.
 *
 * <p>Invariants: moments come from the store's own clock alone, so that no replica's clock matters;
 * a watermark is only ever raised while it stands; a stage completes with an answer once the store
 * has it, and trouble is {@link StoreUnavailableException}, never "nothing is revoked". Nothing
 * here blocks.
 */
public interface RevocationStore {
  /** A moment of the store's clock: microseconds, or a count, where one process is all. */
  CompletionStage<Long> moment();

  /** What bears on the session under {@code key}. */
  CompletionStage<Marks> marks(SessionKey key, List<String> watermarks);

  /**
   * Raises a watermark to this moment, or to {@code atLeast} if that is later.
   *
   * @param life how long it stands: longer than any session lives that it is to end
   */
  CompletionStage<Revocations.Revoked> raise(String watermark, long atLeast, Duration life);

  /**
   * Deletes the record of a session, if there is one, and sets its tombstone, in one step.
   *
   * @param life how long the tombstone stands
   */
  CompletionStage<Revocations.Revoked> bury(SessionKey key, Duration life);

  /** The index of a user's and of a provider session's sessions. */
  SessionIndex index();

  /**
   * What bears on one session.
   *
   * @param isBuried whether its tombstone stands
   * @param watermark the latest of its watermarks; 0 if none stands
   */
  record Marks(boolean isBuried, long watermark) {
    /** Whether a session that began at {@code begunAt} is over. */
    boolean end(long begunAt) {
      return isBuried || begunAt <= watermark;
    }
  }

  /**
   * Which sessions somebody has: a hint.
   *
   * <p>Invariant: no verdict about a session hangs on it. What it names may be gone, and what it
   * has lost is revoked all the same, by its watermark.
   */
  interface SessionIndex {
    /** Notes a session under each of {@code names}; each is kept for {@code life} from now. */
    CompletionStage<@Nullable Void> add(IndexEntry entry, List<String> names, Duration life);

    /** At most {@code most} of each of {@code names}, the latest, in no order. */
    CompletionStage<List<Listed>> list(List<String> names, int most);

    /** Forgets that the sessions are under {@code names}. */
    CompletionStage<@Nullable Void> remove(List<SessionKey> keys, List<String> names);

    /** Deletes records over which a watermark stands; how many there were. */
    CompletionStage<Integer> deleteRecords(List<SessionKey> keys);
  }

  /**
   * One session in an index.
   *
   * @param key what it is filed under
   * @param begunAt when it began, by the store's clock
   */
  record IndexEntry(SessionKey key, long begunAt) {}

  /**
   * One session in an index, and what became of it.
   *
   * @param entry as it was added
   * @param isStored whether it has a record
   * @param isBuried whether its tombstone stands
   * @param lastSeenAtMillis as noted; 0 if it is not
   */
  record Listed(IndexEntry entry, boolean isStored, boolean isBuried, long lastSeenAtMillis) {}
}
