package dev.limen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;

/**
 * A class that breaks a rule of the floor plan: {@code class <type> { <body> }} in a room.
 *
 * <p>Invariant: compiled here for {@link FloorPlanTest} and never shipped.
 *
 * @param rule which it breaks
 * @param room where it stands
 * @param type its name, after {@code Planted}
 * @param body its source
 */
@NullMarked
record PlantedClass(String rule, String room, String type, String body) {
  // spotless:off
  /** What breaks a rule, and which. */
  static final List<PlantedClass> ALL = List.of(
      new PlantedClass("direction", "cookie", "A", "Object o = dev.limen.check.Reason.NO_SESSION;"),
      new PlantedClass("direction", "check", "B", "dev.limen.session.Tokens t;"),
      new PlantedClass("direction", "pages", "C", "dev.limen.session.memory.MemoryStore[] s;"),
      new PlantedClass("plan", "util", "A", ""),
      new PlantedClass("plan", "check.parts", "A", ""),
      new PlantedClass("name", "util", "B", ""),
      new PlantedClass("name", "check", "ThingHelper", ""),
      new PlantedClass("name", "check", "ThingManager", ""),
      new PlantedClass("library", "http", "A", "io.lettuce.core.RedisClient c;"),
      new PlantedClass("library", "login", "B", "javax.crypto.Mac m;"),
      new PlantedClass("library", "login", "C", "java.net.http.HttpClient c;"),
      new PlantedClass("library", "http", "D", "io.netty.handler.codec.http2.Http2Frame f;"),
      new PlantedClass("library", "grpc", "E", "io.netty.handler.codec.http.HttpRequest r;"),
      new PlantedClass("library", "session", "F", "java.lang.foreign.Arena a;"),
      new PlantedClass("clock", "session", "G", "long t = System.currentTimeMillis();"),
      new PlantedClass("clock", "authz", "H", "long t = System.nanoTime();"),
      new PlantedClass("clock", "http", "O", "long t = System.currentTimeMillis();"),
      new PlantedClass("clock", "grpc", "P", "Object t = java.time.Instant.now();"),
      new PlantedClass("clock", "authz", "I", "Object t = java.time.Instant.now();"),
      new PlantedClass("clock", "authz", "J", "Object t = new java.util.Date();"),
      new PlantedClass("clock", "login", "K",
          "java.util.function.LongSupplier t = System::nanoTime;"),
      new PlantedClass("comparison", "crypto", "L",
          "boolean e = java.util.Arrays.equals(new byte[1], new byte[1]);"),
      new PlantedClass("guessable", "login", "M", "Object r = new java.util.Random();"),
      new PlantedClass("guessable", "oidc", "N", "double r = Math.random();"),
      new PlantedClass("guessable", "session", "O", "Object r = java.util.UUID.randomUUID();"),
      new PlantedClass("library", "session.redis", "P", "reactor.core.publisher.Mono<String> m;"),
      new PlantedClass("library", "config", "Q", "org.snakeyaml.engine.v2.api.Load l;"),
      new PlantedClass("library", "oidc", "R", "javax.naming.Context c;"),
      new PlantedClass("allow", "login", "S",
          "Object a = new dev.limen.check.Decision.Allow(null);"),
      new PlantedClass("allow", "grpc", "T",
          "java.util.function.Function<dev.limen.check.HeaderMutations, Object> a ="
              + " dev.limen.check.Decision.Allow::new;"));
  // spotless:on

  String name() {
    return "dev.limen." + room + ".Planted" + type;
  }

  private Path write(Path directory) throws IOException {
    Path file = directory.resolve(room).resolve("Planted" + type + ".java");
    Files.createDirectories(directory.resolve(room));
    return Files.writeString(
        file, "package dev.limen." + room + "; class Planted" + type + " {" + body + "}");
  }

  /** All of them, at once, since each call of a compiler costs a second. */
  static void compile(Path house, Path directory) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-proc:none", "-cp"));
    arguments.add(
        house + System.getProperty("path.separator") + System.getProperty("java.class.path"));
    arguments.addAll(List.of("-d", directory.toString()));
    for (PlantedClass planted : ALL) {
      arguments.add(planted.write(directory).toString());
    }
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertThat(status).isZero();
  }
}
