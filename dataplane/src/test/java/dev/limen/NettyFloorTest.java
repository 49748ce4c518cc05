package dev.limen;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.Version;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No Netty on the class path is older than the floor.
 *
 * <p>Invariant: looks at each artifact, since a library may bring one of them on its own. The Netty
 * inside grpc-netty-shaded is reported: only its owner can raise it. Source: decisions.md, section
 * 1; the newest version whose natives exist.
 */
@NullMarked
class NettyFloorTest {
  private static final int[] FLOOR = {4, 2, 18};
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+)\\.Final");

  private static boolean isBelowTheFloor(String version) {
    Matcher numbers = VERSION.matcher(version);
    if (!numbers.matches()) {
      return true;
    }
    for (int i = 0; i < FLOOR.length; i++) {
      int number = Integer.parseInt(numbers.group(i + 1));
      if (number != FLOOR[i]) {
        return number < FLOOR[i];
      }
    }
    return false;
  }

  @Test
  void everyNettyArtifactIsAtTheFloorOrAbove() {
    Map<String, String> below = new TreeMap<>();
    Map<String, Version> found = Version.identify();
    found.forEach((artifact, version) -> {
      if (isBelowTheFloor(version.artifactVersion())) {
        below.put(artifact, version.artifactVersion());
      }
    });

    assertThat(found).containsKeys("netty-common", "netty-codec-http2", "netty-handler");
    assertThat(below).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"4.2.17.Final", "4.1.130.Final", "3.9.99.Final", "5.0.0.Alpha2", ""})
  void whatIsOlderOrNoReleaseIsSeen(String version) {
    assertThat(isBelowTheFloor(version)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"4.2.18.Final", "4.2.19.Final", "4.3.0.Final", "5.0.0.Final"})
  void theFloorItselfAndWhatIsNewerPass(String version) {
    assertThat(isBelowTheFloor(version)).isFalse();
  }

  @Test
  void theNettyInsideTheShadedJarIsReported() {
    var shaded = io.grpc.netty.shaded.io.netty.util.Version.identify().values();
    shaded.stream()
        .map(version -> version.artifactVersion())
        .distinct()
        .forEach(version ->
            System.out.println(
                "grpc-netty-shaded holds Netty "
                    + version
                    + (isBelowTheFloor(version) ? ", below the floor" : "")));

    assertThat(shaded).isNotEmpty();
  }
}
