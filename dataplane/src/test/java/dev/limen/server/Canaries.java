package dev.limen.server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * Secrets, and the forms in which each would be known again.
 *
 * <p>Invariant: what is found is named by its kind, its form and its place, never by its value. One
 * thread notes and looks; any may plant.
 */
final class Canaries {
  /** Shorter values would be found by chance. */
  private static final int MIN_LENGTH = 16;

  /** So much of a value is enough to know it by, if no other begins so. */
  private static final int HEAD = 20;

  private static final int FILTER = 1 << 20;

  private final AtomicInteger planted = new AtomicInteger();
  private final Map<String, String> kinds = new LinkedHashMap<>();

  private static final class Form {
    final String name;
    final byte[] bytes;

    Form(String name, byte[] bytes) {
      this.name = name;
      this.bytes = bytes;
    }
  }

  /** A secret that nothing and nobody else has; of characters that forms and queries encode. */
  synchronized String plant(String kind) {
    int number = planted.incrementAndGet();
    String value = "cnry+%04d/%08x.".formatted(number, number * 0x9e3779b9) + kind + "/end";
    kinds.put(value, kind);
    return value;
  }

  /** A secret that Limen or the provider made. */
  synchronized void note(String kind, String value) {
    if (value.length() < MIN_LENGTH) {
      throw new IllegalArgumentException(kind + " is too short to be known again");
    }
    kinds.put(value, kind);
  }

  /** A token: what signs it, and what it says; each alone would give it away. */
  void noteToken(String kind, String token) {
    String[] parts = token.split("\\.", -1);
    note(kind, parts[parts.length - 1]);
    if (parts.length == 3) {
      note(kind + "'s claims", parts[1]);
    }
  }

  synchronized int count() {
    return kinds.size();
  }

  /** How many there are of each kind. */
  synchronized Map<String, Integer> counts() {
    Map<String, Integer> counts = new TreeMap<>();
    kinds.values().forEach(kind -> counts.merge(kind, 1, Integer::sum));
    return counts;
  }

  /** Looks for all that are known by now. */
  synchronized Search search() {
    return new Search(kinds);
  }

  /** All forms of all secrets, ready to be looked for. */
  static final class Search {
    private final Map<Long, List<Form>> byHead = new HashMap<>();
    private final BitSet filter = new BitSet(FILTER);

    private Search(Map<String, String> kinds) {
      Map<String, Integer> heads = new HashMap<>();
      kinds.keySet().forEach(value -> heads.merge(head(value), 1, Integer::sum));
      kinds.forEach((value, kind) -> {
        forms(value, (form, bytes) -> add(new Form(kind + " " + form, bytes)));
        if (heads.getOrDefault(head(value), 0) == 1) {
          add(new Form(kind + " cut", ascii(head(value))));
        }
      });
    }

    private static String head(String value) {
      return value.substring(0, Math.min(HEAD, value.length()));
    }

    private void add(Form form) {
      long head = 0;
      for (int i = 0; i < Long.BYTES; i++) {
        head = head << 8 | (form.bytes[i] & 0xff);
      }
      filter.set(slot(head));
      byHead.computeIfAbsent(head, _ -> new ArrayList<>()).add(form);
    }

    private static int slot(long head) {
      return (int) ((head * 0x9e3779b97f4a7c15L) >>> 44);
    }

    /** What of them stands in these bytes, each as {@code kind form in place}. */
    Set<String> in(String place, byte[] bytes) {
      Set<String> found = new LinkedHashSet<>();
      long head = 0;
      for (int i = 0; i < bytes.length; i++) {
        head = head << 8 | (bytes[i] & 0xff);
        if (filter.get(slot(head))) {
          for (Form form : byHead.getOrDefault(head, List.of())) {
            if (stands(form.bytes, bytes, i - Long.BYTES + 1)) {
              found.add(form.name + " in " + place);
            }
          }
        }
      }
      return found;
    }

    private static boolean stands(byte[] form, byte[] bytes, int at) {
      for (int i = 0; i < form.length; i++) {
        if (at < 0 || at + i >= bytes.length || bytes[at + i] != form[i]) {
          return false;
        }
      }
      return true;
    }

    /** The same in text of two bytes a character, as the JDK keeps what is not Latin-1. */
    Set<String> inEither(String place, byte[] bytes) {
      Set<String> found = in(place, bytes);
      for (int first = 0; first < 2; first++) {
        byte[] half = new byte[Math.max(0, (bytes.length + 1 - first) / 2)];
        for (int i = 0; i < half.length; i++) {
          half[i] = bytes[2 * i + first];
        }
        found.addAll(in(place, half));
      }
      return found;
    }
  }

  private static void forms(String value, BiConsumer<String, byte[]> form) {
    byte[] plain = ascii(value);
    form.accept("as it is", plain);
    form.accept("in hex", ascii(HexFormat.of().formatHex(plain)));
    form.accept("in HEX", ascii(HexFormat.of().withUpperCase().formatHex(plain)));
    String percent = URLEncoder.encode(value, StandardCharsets.US_ASCII);
    form.accept("in percent", ascii(percent));
    form.accept("in lower percent", ascii(lowered(percent)));
    base64("in base64", plain, form);
    base64("percent in base64", ascii(percent), form);
    if (value.matches("[A-Za-z0-9_-]{32,}") && value.length() % 4 != 1) {
      byte[] meant = Base64.getUrlDecoder().decode(value);
      form.accept("decoded", meant);
      form.accept("decoded, in hex", ascii(HexFormat.of().formatHex(meant)));
    }
  }

  private static String lowered(String percent) {
    return Pattern.compile("%..")
        .matcher(percent)
        .replaceAll(escape -> escape.group().toLowerCase(Locale.ROOT));
  }

  /** What is sure of its base64, wherever in a longer text it begins. */
  private static void base64(String name, byte[] plain, BiConsumer<String, byte[]> form) {
    for (int before = 0; before < 3; before++) {
      byte[] shifted = new byte[before + plain.length];
      System.arraycopy(plain, 0, shifted, before, plain.length);
      int from = (before * 8 + 5) / 6;
      int until = shifted.length * 8 / 6;
      for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
        form.accept(name, ascii(encoder.encodeToString(shifted).substring(from, until)));
      }
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
