package dev.limen.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What of a new configuration can take effect while the process runs.
 *
 * <p>Invariant: a key that needs a restart keeps the running value, and is named; all others have
 * the new one. What results was checked as a whole, like any configuration.
 */
public final class RestartOnly {
  /** Listeners, store and log are made once, at the start. */
  private static final List<String> GROUPS =
      List.of("server", "web", "management", "session.store", "logging");

  private RestartOnly() {}

  /**
   * A configuration to go on with.
   *
   * @param config the new one, with the running values where only a restart can change them
   * @param waiting the keys that differ and need a restart
   */
  public record Effective(LimenConfig config, List<String> waiting) {
    public Effective {
      waiting = List.copyOf(waiting);
    }
  }

  /**
   * What {@code wanted} changes of {@code running} now.
   *
   * @throws ConfigException if the two do not go together without a restart
   */
  public static Effective of(LimenConfig running, LimenConfig wanted) {
    List<String> waiting = new ArrayList<>();
    LimenConfig config = (LimenConfig) merged("", running, wanted, waiting);
    return new Effective(config, waiting);
  }

  /** The groups, for the reference. */
  static String described() {
    List<String> quoted = GROUPS.stream().map(group -> "`" + group + "`").toList();
    return String.join(", ", quoted.subList(0, quoted.size() - 1)) + " and " + quoted.getLast();
  }

  private static Object merged(String prefix, Object running, Object wanted, List<String> waiting) {
    RecordComponent[] components = wanted.getClass().getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String path = prefix + components[i].getName();
      Object old = valueOf(components[i], running);
      Object young = valueOf(components[i], wanted);
      types[i] = components[i].getType();
      if (GROUPS.contains(path)) {
        addDifferences(path, old, young, waiting);
        values[i] = old;
      } else if (young instanceof Record group && holdsGroup(path)) {
        values[i] = merged(path + ".", Objects.requireNonNull(old), group, waiting);
      } else {
        values[i] = young;
      }
    }
    return made(wanted.getClass(), types, values);
  }

  private static boolean holdsGroup(String path) {
    return GROUPS.stream().anyMatch(group -> group.startsWith(path + "."));
  }

  private static void addDifferences(
      String path, @Nullable Object old, @Nullable Object young, List<String> waiting) {
    if (Objects.equals(old, young)) {
      return;
    }
    if (old instanceof Record && young instanceof Record && !(young instanceof BindAddress)) {
      for (RecordComponent component : young.getClass().getRecordComponents()) {
        addDifferences(
            path + "." + component.getName(),
            valueOf(component, old),
            valueOf(component, young),
            waiting);
      }
    } else {
      waiting.add(path);
    }
  }

  private static @Nullable Object valueOf(RecordComponent component, Object group) {
    try {
      return component.getAccessor().invoke(group);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record of the configuration cannot be read", e);
    }
  }

  private static Object made(Class<?> type, Class<?>[] types, @Nullable Object[] values) {
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof ConfigException wrong) {
        throw wrong;
      }
      throw new IllegalStateException("a configuration could not be put together", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a configuration could not be put together", e);
    }
  }
}
