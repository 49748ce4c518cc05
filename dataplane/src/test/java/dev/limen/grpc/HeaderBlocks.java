package dev.limen.grpc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the header blocks that a server sends (RFC 7541): indexed and literal fields, a dynamic
 * table that is never filled up, no Huffman code.
 */
final class HeaderBlocks {
  private static final int STATIC_ENTRIES = 61;
  private static final Map<Integer, List<String>> STATIC =
      Map.ofEntries(
          Map.entry(8, List.of(":status", "200")),
          Map.entry(9, List.of(":status", "204")),
          Map.entry(10, List.of(":status", "206")),
          Map.entry(11, List.of(":status", "304")),
          Map.entry(12, List.of(":status", "400")),
          Map.entry(13, List.of(":status", "404")),
          Map.entry(14, List.of(":status", "500")),
          Map.entry(31, List.of("content-type", "")));

  private static final int ENTRY_BYTES = 32;

  private final List<List<String>> dynamic = new ArrayList<>();
  private int allowed = 4_096;
  private int capacity = allowed;
  private byte[] block = {};
  private int at;

  /** From now on the writer's table may have {@code size} bytes (RFC 7541, section 4.2). */
  void allow(int size) {
    allowed = size;
  }

  /** The fields of {@code bytes}, in order. */
  Map<String, String> read(byte[] bytes) {
    block = bytes;
    at = 0;
    if (capacity > allowed && (block[0] & 0xe0) != 0x20) {
      throw new AssertionError("a table larger than allowed: " + capacity);
    }
    Map<String, String> fields = new LinkedHashMap<>();
    while (at < block.length) {
      List<String> field = field();
      if (!field.isEmpty()) {
        fields.put(field.getFirst(), field.getLast());
      }
    }
    return fields;
  }

  private List<String> field() {
    int first = block[at] & 0xff;
    if ((first & 0x80) != 0) {
      return entry(integer(7));
    }
    if ((first & 0xe0) == 0x20) {
      capacity = integer(5);
      evict();
      return List.of();
    }
    boolean indexing = (first & 0x40) != 0;
    int index = integer(indexing ? 6 : 4);
    String name = index == 0 ? string() : entry(index).getFirst();
    List<String> field = List.of(name, string());
    if (indexing) {
      dynamic.addFirst(field);
      evict();
    }
    return field;
  }

  private void evict() {
    while (size() > capacity) {
      dynamic.removeLast();
    }
  }

  private int size() {
    return dynamic.stream()
        .mapToInt(entry -> entry.getFirst().length() + entry.getLast().length() + ENTRY_BYTES)
        .sum();
  }

  private List<String> entry(int index) {
    if (index > STATIC_ENTRIES) {
      return dynamic.get(index - STATIC_ENTRIES - 1);
    }
    List<String> entry = STATIC.get(index);
    if (entry == null) {
      throw new AssertionError("a static entry that this reader does not know: " + index);
    }
    return entry;
  }

  private String string() {
    if ((block[at] & 0x80) != 0) {
      throw new AssertionError("Huffman code, which this reader does not know");
    }
    int length = integer(7);
    String text = new String(block, at, length, StandardCharsets.ISO_8859_1);
    at += length;
    return text;
  }

  private int integer(int prefixBits) {
    int most = (1 << prefixBits) - 1;
    int value = block[at++] & most;
    if (value < most) {
      return value;
    }
    int shift = 0;
    int octet;
    do {
      octet = block[at++] & 0xff;
      value += (octet & 0x7f) << shift;
      shift += 7;
    } while ((octet & 0x80) != 0);
    return value;
  }
}
