package dev.layar.local.kube;

import dev.layar.apiserver.StatusException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs controllers on one thread of its own. A key that is waiting is not queued again, so a
 * thousand changes to one object cost one look. A look that fails is repeated, later and later.
 */
public final class Runner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Runner.class);
  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;
  private static final long FIRST_RETRY_MILLIS = 10;
  private static final long MAX_RETRY_MILLIS = 30_000;

  private record Item(Controller controller, Key key) {}

  private final Kube kube;
  private final List<Controller> controllers;
  private final Set<Item> waiting = new LinkedHashSet<>();
  private final Map<Item, Integer> failures = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ScheduledThreadPoolExecutor later =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("layar-requeue").factory());
  private final Thread thread =
      Thread.ofPlatform().daemon().name("layar-controllers").unstarted(this::run);
  private boolean looking;
  private boolean closed;

  public Runner(Kube kube, List<Controller> controllers) {
    this.kube = kube;
    this.controllers = List.copyOf(controllers);
    later.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.controllers.forEach(this::connect);
  }

  /** Begins; the informers may be filled before or after. */
  public void start() {
    thread.start();
  }

  private void connect(Controller controller) {
    controller.watch(
        new Triggers() {
          @Override
          public void on(String kind, Function<ObjectNode, ? extends Collection<Key>> concerned) {
            kube.informer(kind)
                .listen(
                    (before, after) -> {
                      enqueue(controller, concerned, before);
                      enqueue(controller, concerned, after);
                    });
          }
        });
  }

  private void enqueue(
      Controller controller,
      Function<ObjectNode, ? extends Collection<Key>> concerned,
      @Nullable ObjectNode object) {
    if (object != null) {
      concerned.apply(object).forEach(key -> enqueue(new Item(controller, key)));
    }
  }

  private void enqueue(Item item) {
    lock.lock();
    try {
      waiting.add(item);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      for (Item item = take(); item != null; item = take()) {
        look(item);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable Item take() throws InterruptedException {
    lock.lock();
    try {
      looking = false;
      while (waiting.isEmpty() && !closed) {
        changed.await();
      }
      if (closed) {
        return null;
      }
      Iterator<Item> first = waiting.iterator();
      Item item = first.next();
      first.remove();
      looking = true;
      return item;
    } finally {
      lock.unlock();
    }
  }

  private void look(Item item) {
    try {
      Duration again = item.controller().reconcile(item.key());
      failures.remove(item);
      if (again != null) {
        enqueueAfter(item, again.toMillis() + 1);
      }
    } catch (StatusException e) {
      boolean race = e.code() == CONFLICT || e.code() == NOT_FOUND;
      if (!race) {
        LOG.warn("{} {}: {}", item.controller().name(), item.key(), e.getMessage());
      }
      retry(item);
    } catch (RuntimeException e) {
      if (!isClosed()) {
        LOG.error("{} {} failed", item.controller().name(), item.key(), e);
        retry(item);
      }
    }
  }

  private void retry(Item item) {
    int failed = failures.merge(item, 1, Integer::sum);
    enqueueAfter(item, Math.min(MAX_RETRY_MILLIS, FIRST_RETRY_MILLIS << Math.min(failed - 1, 12)));
  }

  private void enqueueAfter(Item item, long millis) {
    try {
      later.schedule(() -> enqueue(item), millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closing) {
      LOG.debug("closed; {} is not looked at again", item.key());
    }
  }

  /** Whether every change that was told so far has been looked at. */
  public boolean isIdle() {
    lock.lock();
    try {
      return waiting.isEmpty() && !looking;
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the look that is going on, and ends. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    later.shutdownNow();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
