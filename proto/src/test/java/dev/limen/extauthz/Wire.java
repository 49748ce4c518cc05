package dev.limen.extauthz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Protobuf written by hand, so that a test can also write what no library would. */
final class Wire {
  private Wire() {}

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] varint(long value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long rest = value;
    for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
      out.write((int) (rest | 0x80));
    }
    out.write((int) rest);
    return out.toByteArray();
  }

  /** A varint of exactly {@code length} bytes, the last of them zero where there are too many. */
  static byte[] varintOfLength(int length, int value) {
    byte[] bytes = new byte[length];
    int rest = value;
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ((rest & 0x7f) | (i < length - 1 ? 0x80 : 0));
      rest >>>= 7;
    }
    return bytes;
  }

  static byte[] tag(int field, int wireType) {
    return varint((long) field << 3 | wireType);
  }

  static byte[] number(int field, long value) {
    return concat(tag(field, 0), varint(value));
  }

  static byte[] message(int field, byte[]... parts) {
    byte[] content = concat(parts);
    return concat(tag(field, 2), varint(content.length), content);
  }

  static byte[] text(int field, String value) {
    return message(field, value.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] group(int field, byte[]... parts) {
    return concat(tag(field, 3), concat(parts), tag(field, 4));
  }

  /** A CheckRequest with these fields of its HttpRequest. */
  static byte[] http(byte[]... fields) {
    return message(1, message(4, message(2, fields)));
  }

  /** A CheckRequest with these fields of its {@code source}. */
  static byte[] source(byte[]... fields) {
    return message(1, message(1, fields));
  }

  /** An entry of {@code HttpRequest.headers}. */
  static byte[] mapHeader(String name, String value) {
    return message(3, text(1, name), text(2, value));
  }

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
