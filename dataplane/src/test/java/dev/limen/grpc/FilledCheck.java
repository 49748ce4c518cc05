package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.CheckRequest;
import dev.limen.extauthz.CheckRequestModel;
import dev.limen.extauthz.CheckRequestModel.Line;
import dev.limen.extauthz.CheckRequestReader.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the door must make of a message, said by protobuf-java and the wire's rules, beside what it
 * makes of it.
 *
 * <p>Invariant: the expected check is computed from the oracle's model alone, by other means than
 * the filler's: a map of lower-case names in the order of their last entries, or the lines.
 *
 * @param target method, scheme, host and path; empty where there is none
 * @param headers {@code name=value}, in order
 */
record FilledCheck(List<String> target, List<String> headers) {
  /** The check that a message with this meaning must make. */
  static FilledCheck of(CheckRequestModel model) {
    List<String> headers = new ArrayList<>();
    if (model.lines().isEmpty()) {
      Map<String, String> last = new LinkedHashMap<>();
      model
          .map()
          .forEach((name, value) -> {
            last.remove(lowerCase(name));
            last.put(lowerCase(name), value);
          });
      last.forEach((name, value) -> add(headers, name, value));
    } else {
      for (Line line : model.lines()) {
        add(headers, lowerCase(line.name()), line.value());
      }
    }
    return new FilledCheck(
        List.of(
            model.value("method"), model.value("scheme"), model.value("host"), model.value("path")),
        headers);
  }

  /** The check that the door makes; null, with the reason left in {@code filler}, if none. */
  static @Nullable FilledCheck by(CheckRequestFiller filler, byte[] message) {
    CheckRequest request = filler.fill(message.clone(), 0);
    if (request == null) {
      return null;
    }
    List<String> headers = new ArrayList<>();
    for (int i = 0; i < request.headerCount(); i++) {
      headers.add(request.text(request.headerName(i)) + "=" + request.text(request.headerValue(i)));
    }
    CheckRequest.Target target = request.target();
    return new FilledCheck(
        List.of(
            request.text(target.method()),
            request.text(target.scheme()),
            request.text(target.host()),
            request.text(target.path())),
        headers);
  }

  /** Fails unless the door makes of the message what it means. */
  static CheckRequestModel verify(CheckRequestFiller filler, byte[] message) {
    CheckRequestModel model = CheckRequestModel.read(message);
    FilledCheck filled = by(filler, message);
    assertThat(filler.result()).isEqualTo(Result.OK);
    assertThat(filled).isEqualTo(of(model));
    return model;
  }

  private static void add(List<String> headers, String name, String value) {
    if (!name.isEmpty() && !name.startsWith(":")) {
      headers.add(name + "=" + value);
    }
  }

  /** Of ASCII alone: the names are bytes, one character each. */
  private static String lowerCase(String name) {
    StringBuilder lower = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      lower.append('A' <= c && c <= 'Z' ? (char) (c + ' ') : c);
    }
    return lower.toString();
  }
}
