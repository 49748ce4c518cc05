package dev.limen.check;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps the words that would be labels. */
public final class FakeFigures implements CheckFigures {
  private final List<String> answered = new CopyOnWriteArrayList<>();
  private final List<String> refused = new CopyOnWriteArrayList<>();

  @Override
  public void answered(CheckRequest request, Decision decision, long startedNanos) {
    answered.add(Decision.label(decision));
  }

  @Override
  public void refused(Reason reason) {
    refused.add(reason.label());
  }

  /** Reasons of answers, in order. */
  public List<String> answeredLabels() {
    return answered;
  }

  /** Reasons of refusals, in order. */
  public List<String> refusedLabels() {
    return refused;
  }
}
