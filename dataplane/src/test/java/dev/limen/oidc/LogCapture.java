package dev.limen.oidc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the log lines of this package, down to trace, while it is open.
 *
 * <p>By reflection: Log4j's classes carry annotations whose own classes are not there, and javac
 * warns of each, which the build does not allow.
 */
final class LogCapture implements AutoCloseable {
  private static final String CORE = "org.apache.logging.log4j.core.";
  private static final String NAME = "dev.limen.oidc";

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Object logger;
  private final Object appender;

  LogCapture() {
    try {
      Class<?> appenderType = Class.forName(CORE + "Appender");
      this.appender =
          Proxy.newProxyInstance(
              appenderType.getClassLoader(),
              new Class<?>[] {appenderType},
              (InvocationHandler) this::invoked);
      Class<?> managers = Class.forName("org.apache.logging.log4j.LogManager");
      this.logger = managers.getMethod("getLogger", String.class).invoke(null, NAME);
      method(logger, "addAppender").invoke(logger, appender);
      setLevel("TRACE");
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private @Nullable Object invoked(Object proxy, Method called, Object @Nullable [] arguments)
      throws Throwable {
    return switch (called.getName()) {
      case "append" -> {
        lines.add(line(arguments == null ? proxy : arguments[0]));
        yield null;
      }
      case "isStarted" -> true;
      case "isStopped", "ignoreExceptions" -> false;
      case "hashCode" -> System.identityHashCode(proxy);
      case "equals" ->
          arguments != null
              && System.identityHashCode(proxy) == System.identityHashCode(arguments[0]);
      case "getName", "toString" -> "capture";
      default -> null;
    };
  }

  private static String line(Object event) throws ReflectiveOperationException {
    Object message = method(event, "getMessage").invoke(event);
    return method(event, "getLevel").invoke(event)
        + " "
        + method(message, "getFormattedMessage").invoke(message);
  }

  private static Method method(Object target, String name) {
    for (Method method : target.getClass().getMethods()) {
      if (method.getName().equals(name)
          && (name.startsWith("get") == (method.getParameterCount() == 0))) {
        method.setAccessible(true);
        return method;
      }
    }
    throw new IllegalStateException("no method " + name);
  }

  private static void setLevel(String level) throws ReflectiveOperationException {
    Class<?> levels = Class.forName("org.apache.logging.log4j.Level");
    Object value = levels.getMethod("valueOf", String.class).invoke(null, level);
    Class.forName(CORE + "config.Configurator")
        .getMethod("setLevel", String.class, levels)
        .invoke(null, NAME, value);
  }

  List<String> lines() {
    return lines;
  }

  long count(String part) {
    return lines.stream().filter(line -> line.contains(part)).count();
  }

  @Override
  public void close() {
    try {
      method(logger, "removeAppender").invoke(logger, appender);
      setLevel("INFO");
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
