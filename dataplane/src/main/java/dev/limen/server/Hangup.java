package dev.limen.server;

import java.lang.reflect.Proxy;

/**
 * SIGHUP, by which operators ask for a reload.
 *
 * <p>Invariant: where the JDK or the system has no such signal, nothing happens; the files are
 * followed all the same. By reflection, since javac warns of {@code sun.misc.Signal}, which is the
 * only way to it, and the build allows no warning.
 */
final class Hangup {
  private Hangup() {}

  /** Runs {@code action} at each SIGHUP from now on; whether there is such a signal here. */
  static boolean runs(Runnable action) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              Hangup.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      action.run();
                      yield null;
                    }
                    case "equals" ->
                        arguments != null
                            && System.identityHashCode(proxy)
                                == System.identityHashCode(arguments[0]);
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> "Hangup";
                  });
      Object signal = signalType.getConstructor(String.class).newInstance("HUP");
      var _ = signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, handler);
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
