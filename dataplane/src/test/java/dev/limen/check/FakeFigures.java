package dev.limen.check;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps the words that would be labels. */
public final class FakeFigures implements CheckFigures {
  private final List<String> answered = new CopyOnWriteArrayList<>();
  private final List<String> pages = new CopyOnWriteArrayList<>();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final List<String> refused = new CopyOnWriteArrayList<>();

  @Override
  public void answered(CheckRequest request, Decision decision, long startedNanos) {
    answered.add(Decision.label(decision));
  }

  @Override
  public void cancelled(CheckRequest request) {
    cancelled.incrementAndGet();
  }

  @Override
  public void page(Decision sent) {
    pages.add(Decision.label(sent));
  }

  @Override
  public void refused(Reason reason) {
    refused.add(reason.label());
  }

  /** Reasons of answers, in order. */
  public List<String> answeredLabels() {
    return answered;
  }

  /** Reasons of answers to browsers, in order. */
  public List<String> pageLabels() {
    return pages;
  }

  /** Checks whose client went first. */
  public int cancelledCount() {
    return cancelled.get();
  }

  /** Reasons of refusals, in order. */
  public List<String> refusedLabels() {
    return refused;
  }
}
