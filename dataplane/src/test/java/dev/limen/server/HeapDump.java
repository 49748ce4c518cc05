package dev.limen.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A heap dump, as far as one must read it to follow references: classes, objects and arrays.
 *
 * <p>Invariant: an object is where its record begins; nothing is copied before it is asked for.
 *
 * <p>Source: the HPROF format of the JDK ({@code heapDumper.cpp}), whose file is a head and then
 *
 * <pre>
 *   record      = tag (1) time (4) length (4) body          0x01 text, 0x02 class, 0x1c heap
 *   instance    = 0x21 id (8) stack (4) class (8) length (4) values, those of the super class last
 *   objects     = 0x22 id (8) stack (4) count (4) class (8) ids
 *   primitives  = 0x23 id (8) stack (4) count (4) type (1) values
 * </pre>
 */
final class HeapDump {
  private static final int TEXT = 0x01;
  private static final int LOADED = 0x02;
  private static final int SEGMENT = 0x1c;
  private static final int CLASS = 0x20;
  private static final int INSTANCE = 0x21;
  private static final int OBJECTS = 0x22;
  private static final int PRIMITIVES = 0x23;
  private static final int REFERENCE = 2;
  private static final int ID = 8;

  /** What a field, a static or an element of these types takes; by the format's own numbers. */
  private static final int[] SIZES = {0, 0, ID, 0, 1, 2, 4, 8, 1, 2, 4, 8};

  private record Field(String name, int type) {}

  private record Type(String name, long parent, List<Field> fields, Map<String, Long> statics) {}

  private final ByteBuffer bytes;
  private final Map<Long, String> texts = new HashMap<>();
  private final Map<Long, String> names = new HashMap<>();
  private final Map<Long, Type> types = new HashMap<>();
  private final Map<Long, Integer> places = new HashMap<>();

  private HeapDump(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /** Reads what {@code jcmd GC.heap_dump} wrote. */
  static HeapDump read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      HeapDump dump = new HeapDump(bytes);
      dump.readAll();
      return dump;
    }
  }

  private void readAll() {
    while (bytes.get() != 0) {
      // The head is a word that ends with a zero; then the size of an id, and the time.
    }
    if (bytes.getInt() != ID) {
      throw new IllegalStateException("a dump of a 64-bit JVM is expected");
    }
    bytes.getLong();
    while (bytes.hasRemaining()) {
      int tag = bytes.get();
      bytes.getInt();
      int end = bytes.getInt() + bytes.position();
      switch (tag) {
        case TEXT -> texts.put(bytes.getLong(), text(end));
        case LOADED -> {
          bytes.getInt();
          long type = bytes.getLong();
          bytes.getInt();
          names.put(type, texts.getOrDefault(bytes.getLong(), "").replace('/', '.'));
        }
        case SEGMENT -> readSegment(end);
        default -> {}
      }
      bytes.position(end);
    }
  }

  private String text(int end) {
    byte[] text = new byte[end - bytes.position()];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private void readSegment(int end) {
    while (bytes.position() < end) {
      int place = bytes.position();
      int tag = bytes.get() & 0xff;
      long id = bytes.getLong();
      switch (tag) {
        case CLASS -> readType(id);
        case INSTANCE -> {
          places.put(id, place);
          skip(4 + ID);
          skip(bytes.getInt());
        }
        case OBJECTS -> {
          places.put(id, place);
          bytes.getInt();
          int count = bytes.getInt();
          skip(ID + count * ID);
        }
        case PRIMITIVES -> {
          places.put(id, place);
          bytes.getInt();
          int count = bytes.getInt();
          skip(count * SIZES[bytes.get()]);
        }
        default -> skip(lengthOfRoot(tag));
      }
    }
  }

  /** What a root has after its id. */
  private static int lengthOfRoot(int tag) {
    return switch (tag) {
      case 0xff, 0x05, 0x07 -> 0;
      case 0x01 -> ID;
      case 0x04, 0x06 -> 4;
      case 0x02, 0x03, 0x08 -> 8;
      default -> throw new IllegalStateException("an unknown part of a dump: " + tag);
    };
  }

  private void readType(long id) {
    bytes.getInt();
    long parent = bytes.getLong();
    skip(5 * ID + 4);
    for (int constants = bytes.getShort(); constants > 0; constants--) {
      bytes.getShort();
      skip(SIZES[bytes.get()]);
    }
    Map<String, Long> statics = new LinkedHashMap<>();
    for (int count = bytes.getShort(); count > 0; count--) {
      String name = texts.getOrDefault(bytes.getLong(), "");
      int type = bytes.get();
      if (type == REFERENCE) {
        statics.put(name, bytes.getLong());
      } else {
        skip(SIZES[type]);
      }
    }
    List<Field> fields = new ArrayList<>();
    for (int count = bytes.getShort(); count > 0; count--) {
      fields.add(new Field(texts.getOrDefault(bytes.getLong(), ""), bytes.get()));
    }
    types.put(id, new Type(names.getOrDefault(id, ""), parent, fields, statics));
  }

  private void skip(int length) {
    bytes.position(bytes.position() + length);
  }

  /** Every object and every array that is no class. */
  void forEach(LongConsumer object) {
    places.keySet().forEach(object::accept);
  }

  /** The references in static fields of the classes whose name begins so. */
  List<Long> statics(String prefix) {
    List<Long> found = new ArrayList<>();
    for (Type type : types.values()) {
      if (type.name.startsWith(prefix)) {
        found.addAll(type.statics.values());
      }
    }
    return found;
  }

  /** The static field of the class with this very name; 0 for none. */
  long staticField(String type, String field) {
    for (Type each : types.values()) {
      if (each.name.equals(type)) {
        return each.statics.getOrDefault(field, 0L);
      }
    }
    return 0;
  }

  /** The name of the object's class; empty for a primitive array, and for what is no object. */
  String typeName(long object) {
    Type type = typeOf(object);
    return type == null ? "" : type.name;
  }

  /** Whether the object's class, or one above it, has this name. */
  boolean isA(long object, String name) {
    for (Type type = typeOf(object); type != null; type = types.get(type.parent)) {
      if (type.name.equals(name)) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Type typeOf(long object) {
    Integer place = places.get(object);
    return place == null
        ? null
        : switch (bytes.get(place)) {
          case INSTANCE -> types.get(bytes.getLong(place + 1 + ID + 4));
          case OBJECTS -> types.get(bytes.getLong(place + 1 + ID + 8));
          default -> null;
        };
  }

  /** Where the object's references lead, by the name of the field; an array's by their place. */
  Map<String, Long> references(long object) {
    Map<String, Long> found = new LinkedHashMap<>();
    Integer place = places.get(object);
    Type type = typeOf(object);
    if (place == null || type == null) {
      return found;
    }
    int at = place + 1 + ID + 4 + ID + 4;
    if (bytes.get(place) == OBJECTS) {
      int count = bytes.getInt(place + 1 + ID + 4);
      for (int i = 0; i < count; i++) {
        found.put(Integer.toString(i), bytes.getLong(at + i * ID));
      }
      return found;
    }
    for (; type != null; type = types.get(type.parent)) {
      for (Field field : type.fields) {
        if (field.type == REFERENCE) {
          found.putIfAbsent(field.name, bytes.getLong(at));
        }
        at += SIZES[field.type];
      }
    }
    return found;
  }

  /** What a primitive array holds, byte for byte; nothing for another object. */
  byte[] contents(long object) {
    Integer place = places.get(object);
    if (place == null || bytes.get(place) != PRIMITIVES) {
      return new byte[0];
    }
    int count = bytes.getInt(place + 1 + ID + 4);
    byte[] contents = new byte[count * SIZES[bytes.get(place + 1 + ID + 8)]];
    bytes.get(place + 1 + ID + 8 + 1, contents);
    return contents;
  }
}
