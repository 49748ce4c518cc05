package dev.limen.demo.judge;

import dev.limen.demo.run.Envoy;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Walks the 21 steps of one mode through a running stage, and stops at the first that does not
 * hold.
 *
 * <p>It judges from outside only: Envoy's access log and counters, what was recorded between Envoy
 * and Limen, the provider's log, the echo services, and the store as somebody sees it who has no
 * key.
 */
public final class Judge {
  /** How many there are. */
  public static final int STEPS = 21;

  private final Scene scene;
  private final Walk walk;
  private final Consumer<String> out;

  /**
   * How it went.
   *
   * @param held steps that held
   * @param stoppedAt the number of the step that did not; 0 if all did
   * @param why expected and seen; empty if all held
   */
  public record Verdict(Mode mode, int held, int stoppedAt, String why) {
    public boolean allHeld() {
      return stoppedAt == 0;
    }
  }

  /** A judge with a fresh browser. */
  public Judge(Stage stage, Envoy envoy, Mode mode, Consumer<String> out) {
    this.scene = new Scene(stage, envoy, mode);
    this.walk = new Walk(scene.newBrowser(), scene.newBrowser());
    this.out = out;
  }

  /** The 21, what must hold beyond them, and last the line that counts. */
  public Verdict judge() {
    Verdict steps = walk();
    Verdict beyond = steps.allHeld() ? beyond() : steps;
    String count = scene.mode() + ": " + steps.held() + " of " + STEPS;
    boolean onlyBeyond = steps.allHeld() && !beyond.allHeld();
    out.accept(onlyBeyond ? count + ", but not what must hold beyond them" : count);
    return beyond;
  }

  /** The 21. */
  public Verdict walk() {
    List<Step> steps = new ArrayList<>(new SignInSteps(scene, walk).all());
    steps.addAll(new ServiceSteps(scene, walk).all());
    return run(steps);
  }

  /** What must hold beyond them; after {@link #walk} only. */
  public Verdict beyond() {
    return run(new BeyondSteps(scene, walk).all());
  }

  private Verdict run(List<Step> steps) {
    int held = 0;
    for (Step step : steps) {
      String label = step.number() <= STEPS ? "%2d".formatted(step.number()) : " +";
      String line = "%s  %-20s %-44s ".formatted(label, step.who(), step.what());
      try {
        out.accept(line + step.check().run());
        held++;
      } catch (StepFailed failed) {
        out.accept(line + "DOES NOT HOLD");
        out.accept("      expected: " + failed.expected());
        out.accept("      seen:     " + failed.seen());
        return stopped(step, held, String.valueOf(failed.getMessage()));
      } catch (IOException broken) {
        out.accept(line + "DOES NOT HOLD: no answer (" + broken.getMessage() + ")");
        return stopped(step, held, "no answer");
      } catch (RuntimeException unreadable) {
        // What Limen sent cannot be read. The message may quote it, and it may be a secret.
        String what = unreadable.getClass().getSimpleName();
        out.accept(line + "DOES NOT HOLD: " + what);
        return stopped(step, held, what);
      }
    }
    return new Verdict(scene.mode(), held, 0, "");
  }

  private Verdict stopped(Step step, int held, String why) {
    return new Verdict(scene.mode(), held, step.number(), why);
  }
}
