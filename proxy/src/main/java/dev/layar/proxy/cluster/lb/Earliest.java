package dev.layar.proxy.cluster.lb;

/**
 * Earliest-deadline-first scheduling of items with weights: each item comes up in proportion to its
 * weight, spread evenly. An item's deadline is {@code now + 1 / weight}; time jumps to the deadline
 * of what is taken; ties go to what was inserted first. A binary heap in arrays; one event loop's
 * own; allocates nothing after construction.
 */
final class Earliest {
  /** Gives an item's weight at the moment when it is inserted again; above 0. */
  @FunctionalInterface
  interface Weights {
    double of(int item);
  }

  private final Weights weights;
  private final int[] items;
  private final double[] deadlines;
  private final long[] orders;
  private double now;
  private long order;

  /**
   * @param count number of items, at least 1
   * @param skip how many items to take beforehand, so that schedulers of several loops differ
   */
  Earliest(int count, Weights weights, int skip) {
    this.weights = weights;
    this.items = new int[count];
    this.deadlines = new double[count];
    this.orders = new long[count];
    for (int item = 0; item < count; item++) {
      place(item, item, 1 / weights.of(item), order++);
    }
    for (int at = count / 2 - 1; at >= 0; at--) {
      sink(at);
    }
    for (int i = 0; i < skip; i++) {
      next();
    }
  }

  /** The item whose turn it is. */
  int next() {
    int item = items[0];
    now = deadlines[0];
    place(0, item, now + 1 / weights.of(item), order++);
    sink(0);
    return item;
  }

  private void place(int at, int item, double deadline, long insertion) {
    items[at] = item;
    deadlines[at] = deadline;
    orders[at] = insertion;
  }

  private void sink(int from) {
    int at = from;
    while (true) {
      int least = at;
      int left = 2 * at + 1;
      if (left < items.length && before(left, least)) {
        least = left;
      }
      if (left + 1 < items.length && before(left + 1, least)) {
        least = left + 1;
      }
      if (least == at) {
        return;
      }
      swap(at, least);
      at = least;
    }
  }

  private boolean before(int a, int b) {
    return deadlines[a] < deadlines[b] || deadlines[a] == deadlines[b] && orders[a] < orders[b];
  }

  private void swap(int a, int b) {
    int item = items[a];
    double deadline = deadlines[a];
    long insertion = orders[a];
    place(a, items[b], deadlines[b], orders[b]);
    place(b, item, deadline, insertion);
  }
}
