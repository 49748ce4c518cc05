package dev.limen.demo.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a run that was stopped early nothing is left: no process, no folder, no half of a file. */
final class LeftBehindTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void aFolderOfTheRunStaysForItsLogsAndGoesWhenForgotten() throws IOException {
    Started started = new Started();
    Path run = runFolder();
    started.addFolder(run);
    started.close();
    assertThat(run).exists();
    started.forget();
    assertThat(run).doesNotExist();
  }

  @Test
  void aFolderThatComesAfterTheEndGoesAtOnce() throws IOException {
    Started started = new Started();
    started.close();
    Path run = runFolder();
    assertThatThrownBy(() -> started.addFolder(run)).isInstanceOf(CannotRun.class);
    assertThat(run).doesNotExist();
  }

  @Test
  void whatAKilledRunLeftGoesAfterAWeekWithTheNextOneAndEarlierStays() throws IOException {
    Path old = Files.createDirectory(folder.resolve("limen-demo-1"));
    Files.writeString(old.resolve("limen.out"), "log");
    Path recent = Files.createDirectory(folder.resolve("limen-demo-2"));
    Path foreign = Files.createDirectory(folder.resolve("other-1"));
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("kept"), "");
    Files.createSymbolicLink(old.resolve("link"), elsewhere);
    Instant now = Instant.now();
    age(old, now.minus(Layout.STALE).minusSeconds(1));
    age(recent, now.minus(Layout.STALE).plusSeconds(60));
    age(foreign, now.minus(Layout.STALE.multipliedBy(9)));
    Path next = Layout.newRunFolder(folder);
    assertThat(old).doesNotExist();
    assertThat(recent).exists();
    assertThat(foreign).exists();
    assertThat(elsewhere.resolve("kept")).exists();
    assertThat(next.getFileName().toString()).startsWith("limen-demo-");
  }

  @Test
  void aFetchLeavesItsFolderToNobody() throws IOException {
    Path path;
    try (FetchFolder fetch = FetchFolder.in(folder)) {
      path = Files.writeString(fetch.path().resolve("half"), "");
      assertThat(path).exists();
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatAKilledFetchLeftGoesWithTheNextOneAndARunningOneStays() throws IOException {
    Path stale = Files.createDirectory(folder.resolve("fetching-1"));
    Path running = Files.createDirectory(folder.resolve("fetching-2"));
    Path finished = Files.createDirectory(folder.resolve("keycloak-26"));
    Instant now = Instant.now();
    age(stale, now.minus(FetchFolder.STALE).minusSeconds(1));
    age(running, now.minus(FetchFolder.STALE).plusSeconds(60));
    age(finished, now.minus(FetchFolder.STALE.multipliedBy(9)));
    FetchFolder.in(folder).close();
    assertThat(stale).doesNotExist();
    assertThat(running).exists();
    assertThat(finished).exists();
  }

  @Test
  void aProgramThatIsInterruptedEndsWithAllThatItStarted() throws Exception {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    List<String> command = List.of("sh", "-c", "sleep 60 & echo $!; wait");
    Thread runs =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Programs.run(command, folder, LIMIT);
                thrown.complete(new AssertionError("it ended by itself"));
              } catch (IOException failed) {
                thrown.complete(failed);
              }
            });
    Path log = folder.resolve("run.log");
    assertThat(Await.until(LIMIT, () -> Files.readString(log).endsWith("\n"))).isTrue();
    long below = Long.parseLong(Files.readString(log).strip());
    runs.interrupt();
    assertThat(thrown.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
        .isInstanceOf(InterruptedIOException.class);
    assertThat(
            Await.until(LIMIT, () -> ProcessHandle.of(below).map(p -> !p.isAlive()).orElse(true)))
        .isTrue();
  }

  @Test
  void aProgramThatFailsSaysItsLastLine() {
    List<String> command = List.of("sh", "-c", "echo first; echo the reason >&2; exit 3");
    assertThatThrownBy(() -> Programs.run(command, folder, LIMIT))
        .isInstanceOf(IOException.class)
        .hasMessage("the reason");
  }

  @Test
  void aProgramThatTakesTooLongIsEnded() {
    assertThatThrownBy(() -> Programs.run(List.of("sleep", "60"), folder, Duration.ofSeconds(1)))
        .hasMessage("it took more than 1 s");
  }

  private Path runFolder() throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    Files.writeString(run.resolve("edge.key"), "key");
    return run;
  }

  private static void age(Path path, Instant to) throws IOException {
    Files.setLastModifiedTime(path, FileTime.from(to));
  }
}
