package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is new exactly if its content is. */
class FileStampsTest {
  @TempDir private Path folder;
  private final FileStamps stamps = new FileStamps(InstantSource.system());

  private String stampOf(Path file) {
    return stamps.of(Set.of(file)).getOrDefault(file, "none");
  }

  @Test
  void otherContentOfTheSameLengthAndTimeIsSeenWhileTheFileIsYoung() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "one");
    FileTime time = Files.getLastModifiedTime(file);
    String before = stampOf(file);
    Files.writeString(file, "two");
    Files.setLastModifiedTime(file, time);
    assertThat(stampOf(file)).isNotEqualTo(before);
  }

  @Test
  void aNewTimeAloneIsNoChange() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "one");
    String before = stampOf(file);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertThat(stampOf(file)).isEqualTo(before);
  }

  @Test
  void aLinkThatLeadsElsewhereIsSeenAsKubernetesSwapsIt() throws IOException {
    Path one = Files.createDirectory(folder.resolve("..one"));
    Path two = Files.createDirectory(folder.resolve("..two"));
    for (Path each : Set.of(one, two)) {
      Path secret = Files.writeString(each.resolve("secret"), each.equals(one) ? "one" : "two");
      Files.setLastModifiedTime(secret, FileTime.fromMillis(1));
    }
    Path data = Files.createSymbolicLink(folder.resolve("..data"), one);
    Path secret = data.resolve("secret");
    String before = stampOf(secret);
    assertThat(stampOf(secret)).isEqualTo(before);
    Path swapped = Files.createSymbolicLink(folder.resolve("..new"), two);
    Files.move(swapped, data, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    assertThat(stampOf(secret)).isNotEqualTo(before);
  }

  @Test
  void aFileThatGoesAwayAndComesBackIsTheSameAgain() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "one");
    String before = stampOf(file);
    Files.delete(file);
    String gone = stampOf(file);
    assertThat(gone).isNotEqualTo(before);
    Files.writeString(file, "one");
    assertThat(stampOf(file)).isEqualTo(before);
  }
}
