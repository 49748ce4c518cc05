package dev.limen.demo.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An HTTP request to be written exactly so.
 *
 * @param authority the value of {@code host}
 * @param target path and query, as they go on the wire
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and the bytes are the point
public record Request(
    String method, String authority, String target, List<Reply.Header> headers, byte[] body) {
  private static final byte[] NO_BODY = {};

  public static Request get(String authority, String target) {
    return new Request("GET", authority, target, List.of(), NO_BODY);
  }

  public static Request post(String authority, String target, String type, byte[] body) {
    return new Request(
        "POST", authority, target, List.of(new Reply.Header("content-type", type)), body);
  }

  public Request with(String name, String value) {
    List<Reply.Header> more = new ArrayList<>(headers);
    more.add(new Reply.Header(name, value));
    return new Request(method, authority, target, List.copyOf(more), body);
  }

  String head() {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\n");
    head.append("host: ").append(authority).append("\r\nconnection: close\r\n");
    for (Reply.Header header : headers) {
      head.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }
    if (body.length > 0 || !method.equals("GET")) {
      head.append("content-length: ").append(body.length).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  byte[] headBytes() {
    return head().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Without query and header values: they may be secrets. */
  @Override
  public String toString() {
    return method + " " + authority + target.split("\\?", 2)[0];
  }
}
