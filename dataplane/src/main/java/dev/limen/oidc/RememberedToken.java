package dev.limen.oidc;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A token that was verified: what it said, and which key had signed it.
 *
 * <p>Invariant: good only until it expires, and only while its issuer publishes the very key that
 * signed it, so that a key which is taken back takes its tokens along. Nothing of the token but
 * what was accepted is in it. Safe for all threads.
 */
final class RememberedToken {
  private final BearerIssuer issuer;
  private final Signer signer;
  private final long expiresAtMillis;
  private final CompletionStage<BearerOutcome> answer;

  /** The key set in which the key was seen last; a set that is read again is another one. */
  private volatile @Nullable KeySet seenIn;

  /** Whether it was used since the last eviction looked at it. Races cost an entry, no more. */
  private volatile boolean wasUsed;

  RememberedToken(BearerIssuer issuer, Signer signer, BearerOutcome.Accepted outcome) {
    this.issuer = issuer;
    this.signer = signer;
    this.expiresAtMillis = outcome.expiresAtMillis();
    this.answer = CompletableFuture.completedStage(outcome);
  }

  /** The answer that is there already, or null if the token has to be verified again. */
  @Nullable CompletionStage<BearerOutcome> answer(long nowMillis) {
    if (hasExpired(nowMillis) || !isKeyPublished()) {
      return null;
    }
    if (!wasUsed) {
      wasUsed = true;
    }
    return answer;
  }

  BearerIssuer issuer() {
    return issuer;
  }

  boolean hasExpired(long nowMillis) {
    return nowMillis >= expiresAtMillis;
  }

  private boolean isKeyPublished() {
    KeySet published = issuer.keys();
    if (published == null) {
      return false;
    }
    if (published == seenIn) {
      return true;
    }
    if (!published.holds(signer)) {
      return false;
    }
    seenIn = published;
    return true;
  }

  /** Whether it was used since this was asked last. */
  boolean takeUse() {
    boolean use = wasUsed;
    wasUsed = false;
    return use;
  }
}
