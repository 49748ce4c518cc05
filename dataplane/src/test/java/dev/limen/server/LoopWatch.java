package dev.limen.server;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Watches event loops: whether one waits outside its selector, and how much CPU it uses between two
 * visits to it.
 *
 * <p>Invariant: a loop that waits in its selector is inside {@code IoHandler.run}, in native code,
 * and so looks runnable; any other state is a wait that does not belong there. What is used between
 * two visits bounds what any one task in between has used.
 */
final class LoopWatch implements AutoCloseable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Frames of a wait that are told: enough to see whose it is. */
  private static final int DEPTH = 12;

  private final List<Thread> loops = new CopyOnWriteArrayList<>();
  private final List<String> waits = new CopyOnWriteArrayList<>();
  private final AtomicLong worstCpuNanos = new AtomicLong();
  private final Thread sampler;
  private volatile boolean over;

  LoopWatch() {
    sampler = Thread.ofPlatform().name("loop-watch").daemon().start(this::sample);
  }

  /** The same transport, watched. */
  IoHandlerFactory watching(IoHandlerFactory transport) {
    return executor -> new WatchedHandler(transport.newHandler(executor), executor);
  }

  /** Forgets what was seen so far: class loading and compiling are over. */
  void reset() {
    waits.clear();
    worstCpuNanos.set(0);
  }

  /** Where loops were seen waiting outside their selectors. */
  List<String> waits() {
    return List.copyOf(waits);
  }

  /** The most CPU that a loop used between two visits to its selector. */
  long worstCpuMillis() {
    return TimeUnit.NANOSECONDS.toMillis(worstCpuNanos.get());
  }

  private void sample() {
    while (!over) {
      for (Thread loop : loops) {
        Thread.State state = loop.getState();
        if (state != Thread.State.RUNNABLE && state != Thread.State.TERMINATED) {
          StackTraceElement[] stack = loop.getStackTrace();
          if (stack.length > 0 && loop.getState() != Thread.State.RUNNABLE) {
            waits.add(state + " at " + List.of(stack).subList(0, Math.min(DEPTH, stack.length)));
          }
        }
      }
      Thread.onSpinWait();
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public void close() {
    over = true;
    sampler.interrupt();
  }

  /** Delegates, and looks at the clock of its thread whenever the loop comes by. */
  private final class WatchedHandler implements IoHandler {
    private final IoHandler watched;
    private final ThreadAwareExecutor executor;
    private long cpuAtLastVisit = -1;

    WatchedHandler(IoHandler watched, ThreadAwareExecutor executor) {
      this.watched = watched;
      this.executor = executor;
    }

    @Override
    public void initialize() {
      loops.add(Thread.currentThread());
      watched.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
      long cpu = THREADS.getCurrentThreadCpuTime();
      if (cpuAtLastVisit >= 0) {
        worstCpuNanos.accumulateAndGet(cpu - cpuAtLastVisit, Math::max);
      }
      cpuAtLastVisit = cpu;
      return watched.run(context);
    }

    @Override
    public void prepareToDestroy() {
      loops.remove(Thread.currentThread());
      watched.prepareToDestroy();
    }

    @Override
    public void destroy() {
      watched.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
      return watched.register(handle);
    }

    @Override
    public void wakeup() {
      watched.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
      return watched.isCompatible(type);
    }

    @Override
    public String toString() {
      return "WatchedHandler[" + executor.getClass().getSimpleName() + "]";
    }
  }
}
