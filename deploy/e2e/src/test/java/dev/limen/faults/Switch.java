package dev.limen.faults;

import dev.limen.demo.run.Layout;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Rules of the product, switched off: its own source with one place changed for each, compiled, and
 * put before the shipped classes.
 *
 * <p>Invariant: nothing in the product knows of it. A text that the source does not hold any more
 * is an error, so no switch can stop switching without anybody noticing.
 */
final class Switch {
  private static final String LOGIN = "login/";
  private static final String REDIS = "session/redis/";
  private static final String MARKS = "session/RevocationStore.java";
  private static final String BOTH_MARKS = "return isBuried || begunAt <= watermark;";

  private final String name;
  private final List<Change> changes = new ArrayList<>();

  private record Change(String file, String from, String to) {}

  private Switch(String name) {
    this.name = name;
  }

  private Switch change(String file, String from, String to) {
    changes.add(new Change(file, from, to));
    return this;
  }

  /** Every check renews for itself. */
  static Switch withoutSingleFlight() {
    return new Switch("single flight")
        .change(
            LOGIN + "RefreshSteps.java",
            "return flights.putIfAbsent(key, own);",
            "flights.put(key, own); return null;");
  }

  /** Whoever wants the lease has it, whoever else may hold it. */
  static Switch withoutLease() {
    return new Switch("lease")
        .change(
            LOGIN + "RefreshSteps.java",
            "return sessions.lease(key);",
            "return CompletableFuture.completedFuture("
                + "new RefreshLease(key, RefreshLease.randomOwner(), 1, 0));")
        .change(
            REDIS + "RedisLeases.java",
            "(ownerNow, fenceNow) ->",
            "(ownerNow, fenceNow) -> true ||");
  }

  /** What the check saw is renewed, whatever has become of it meanwhile. */
  static Switch withoutReadAgain() {
    return new Switch("read again")
        .change(
            LOGIN + "RefreshSteps.java",
            "return sessions.find(asked.secret(), nowMillis);",
            "return CompletableFuture.completedFuture(new SessionLookup.Found(asked));");
  }

  /** Nobody notes what is about to be presented. */
  static Switch withoutIntent() {
    return new Switch("intent")
        .change(
            LOGIN + "RefreshSteps.java",
            "return sessions.intend(lease, generation);",
            "return CompletableFuture.completedFuture(true);");
  }

  /** What is written is written, whatever is there, and whether anything is. */
  static Switch withoutCompareAndSet() {
    return new Switch("compare-and-set")
        .change(
            REDIS + "RedisStore.java",
            "version != null && Arrays.equals(version, expected)",
            "true || Arrays.equals(version, expected)");
  }

  /** Nobody looks whether a session was ended by itself. */
  static Switch withoutTombstone() {
    return new Switch("tombstone").change(MARKS, BOTH_MARKS, "return begunAt <= watermark;");
  }

  /** Nobody looks whether all of somebody's sessions were ended. */
  static Switch withoutWatermark() {
    return new Switch("watermark").change(MARKS, BOTH_MARKS, "return isBuried;");
  }

  /** What is sealed is bound to no place. */
  static Switch withoutAssociatedData() {
    return new Switch("associated data")
        .change("crypto/KeyRing.java", "cipher.updateAAD(associatedData);", "");
  }

  /** As it is done where nobody thought of replicas: no lease, no second look, blind writes. */
  static Switch naive() {
    Switch naive = new Switch("naive");
    naive.changes.addAll(withoutLease().changes);
    naive.changes.addAll(withoutReadAgain().changes);
    naive.changes.addAll(withoutIntent().changes);
    naive.changes.addAll(withoutCompareAndSet().changes);
    return naive;
  }

  /** Sources by their place, with the rules switched off. */
  private Map<String, String> sources() throws IOException {
    Path sources = Layout.find().root().resolve("dataplane/src/main/java/dev/limen");
    Map<String, String> changed = new HashMap<>();
    for (Change change : changes) {
      String source = changed.get(change.file());
      String text = source == null ? Files.readString(sources.resolve(change.file())) : source;
      if (!text.contains(change.from())) {
        throw new IllegalStateException(
            change.file() + " holds no such text any more: " + change.from());
      }
      changed.put(change.file(), text.replace(change.from(), change.to()));
    }
    return changed;
  }

  /** The folder with the changed classes, made in this one. */
  Path compiledIn(Path folder) throws IOException {
    Layout layout = Layout.find();
    Path out = Files.createTempDirectory(folder, "switched-");
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-nowarn", "-proc:none", "-d", out.toString(), "-cp"));
    arguments.add(
        layout.limenJar() + File.pathSeparator + layout.limenJar().resolveSibling("lib") + "/*");
    for (Map.Entry<String, String> file : sources().entrySet()) {
      Path copy = out.resolve("src").resolve(file.getKey());
      Files.createDirectories(copy.getParent());
      arguments.add(Files.writeString(copy, file.getValue()).toString());
    }
    compile(arguments);
    return out;
  }

  private void compile(List<String> arguments) throws IOException {
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    StringWriter said = new StringWriter();
    List<String> files = arguments.stream().filter(one -> one.endsWith(".java")).toList();
    List<String> options = arguments.stream().filter(one -> !one.endsWith(".java")).toList();
    boolean done;
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      var units = manager.getJavaFileObjects(files.toArray(String[]::new));
      done = compiler.getTask(said, manager, null, options, null, units).call();
    }
    if (!done) {
      throw new IllegalStateException("the switch " + name + " does not compile:\n" + said);
    }
  }
}
