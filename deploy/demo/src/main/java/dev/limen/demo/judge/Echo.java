package dev.limen.demo.judge;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.limen.demo.http.Reply;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a service says that reached it. */
record Echo(String service, List<Reply.Header> headers, long bodyLength, String bodySha256) {

  static Echo of(Reply reply) {
    StepFailed.expect(reply.status() == 200, "200 from a service", reply.status());
    try {
      Map<String, Object> json = JSONObjectUtils.parse(reply.text());
      List<Reply.Header> headers = new ArrayList<>();
      for (Object pair : JSONObjectUtils.getJSONArray(json, "headers")) {
        List<?> both = (List<?>) pair;
        headers.add(new Reply.Header(String.valueOf(both.get(0)), String.valueOf(both.get(1))));
      }
      return new Echo(
          JSONObjectUtils.getString(json, "service"),
          headers,
          JSONObjectUtils.getLong(json, "bodyLength"),
          JSONObjectUtils.getString(json, "bodySha256"));
    } catch (ParseException | ClassCastException notTheEcho) {
      throw new StepFailed("the JSON of an echo service", "something else");
    }
  }

  List<String> all(String name) {
    return headers.stream()
        .filter(one -> one.name().equals(name))
        .map(Reply.Header::value)
        .toList();
  }

  /** The value of a header that must be there once. */
  String only(String name) {
    List<String> values = all(name);
    StepFailed.expect(values.size() == 1, name + " exactly once", values.size() + " times");
    return values.getFirst();
  }

  @Nullable String header(String name) {
    List<String> values = all(name);
    return values.isEmpty() ? null : values.getFirst();
  }

  /** Whether the value stands in any header. */
  boolean mentions(String value) {
    return headers.stream().anyMatch(header -> header.value().contains(value));
  }

  /** Without values: there are tokens among them. */
  @Override
  public String toString() {
    return service + headers.stream().map(Reply.Header::name).toList();
  }
}
