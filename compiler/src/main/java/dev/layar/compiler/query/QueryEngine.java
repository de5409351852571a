package dev.layar.compiler.query;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps derived values current with the inputs that they were derived from, computing as little as
 * possible.
 *
 * <p>Not thread-safe: one thread at a time, whose writes the next one sees. Values handed out are
 * immutable and may be read anywhere.
 *
 * <p>Implementation notes.
 *
 * <ol>
 *   <li>A graph of nodes: inputs and index groups at the leaves, queries above. An edge says that a
 *       query read a node while it last ran, in the order of first reading.
 *   <li>A write that changes a leaf gives it the current revision as {@code changedAt} and marks
 *       everything above it {@code SUSPECT}. Marking stops at nodes already suspect, so a batch of
 *       edits costs the size of what it can reach, once.
 *   <li>A demanded suspect node checks its dependencies in their recorded order, each made current
 *       first. The first that changed after this node was last known good makes it run again; if
 *       none did, it is good as it is. The order matters: a later dependency may only have been
 *       read because of what an earlier one said, and must not be computed if that changed.
 *   <li>Early cut-off: a run that yields an equal value keeps the old object and its {@code
 *       changedAt}, so nodes above it are found good without running.
 *   <li>Each run replaces the node's edges by what it read this time. A query node that nothing
 *       depends on and that is not a root (demanded from outside within the last {@code keep}
 *       collections) is removed by {@link #collect}, and so on downwards.
 *   <li>A node being computed that is demanded again is a cycle.
 *   <li>A function that throws leaves its node suspect with its old value and without edges; the
 *       exception reaches the caller, and the next demand runs it again.
 * </ol>
 *
 * <p>After Hammer et al., "Adapton" (2014), and the red-green algorithm of the Rust compiler.
 */
public final class QueryEngine {
  private enum State {
    CURRENT,
    SUSPECT,
    RUNNING
  }

  private static final class Node {
    final Object kind;
    final Object key;
    State state = State.SUSPECT;
    @Nullable Object value;
    boolean hasValue;

    /** Revision in which {@link #value} last became different. */
    long changedAt;

    /** Revision as of which {@link #value} is known to be right; of queries alone. */
    long verifiedAt;

    Node[] dependencies = NO_NODES;
    final Set<Node> dependents = Collections.newSetFromMap(new IdentityHashMap<>(4));

    /** Collection number of the last demand from outside, -1 for never. */
    long rootAt = -1;

    Node(Object kind, Object key) {
      this.kind = kind;
      this.key = key;
    }

    String describe() {
      return kind + "(" + key + ")";
    }
  }

  private static final Node[] NO_NODES = new Node[0];

  private final int keep;
  private final Map<Object, Map<Object, Node>> nodes = new IdentityHashMap<>();
  private final Map<Input<?, ?>, Map<Object, Object>> inputs = new IdentityHashMap<>();
  private final Map<Input<?, ?>, List<IndexState<?, ?, ?>>> indexes = new IdentityHashMap<>();
  private final Map<Index<?, ?, ?>, IndexState<?, ?, ?>> indexStates = new IdentityHashMap<>();
  private final ArrayDeque<Node> running = new ArrayDeque<>();
  private final Set<Node> unreferenced = new LinkedHashSet<>();
  private final Set<Node> roots = new LinkedHashSet<>();
  private long revision = 1;
  private long collection;

  private long recomputed;
  private long verified;
  private long reused;
  private final Map<String, Long> recomputedByQuery = new HashMap<>();

  /**
   * @param keep how many collections a root survives without being demanded; at least 1
   * @param indexes every index that queries will read
   */
  public QueryEngine(int keep, Collection<? extends Index<?, ?, ?>> indexes) {
    if (keep < 1) {
      throw new IllegalArgumentException("keep must be at least 1, was " + keep);
    }
    this.keep = keep;
    for (Index<?, ?, ?> index : indexes) {
      register(index);
    }
  }

  private <K, V, G> void register(Index<K, V, G> index) {
    IndexState<K, V, G> state = new IndexState<>(index);
    indexStates.put(index, state);
    indexes.computeIfAbsent(index.input(), input -> new ArrayList<>()).add(state);
  }

  /** Sets an input. A value equal to the present one changes nothing. */
  public <K, V> void set(Input<K, V> input, K key, V value) {
    write(input, key, Objects.requireNonNull(value));
  }

  /** Removes an input; its readers see its absence. */
  public <K, V> void remove(Input<K, V> input, K key) {
    write(input, key, null);
  }

  /** A query's current value. Makes it a root, see {@link #collect}. */
  public <K, V> V get(Query<K, V> query, K key) {
    if (!running.isEmpty()) {
      throw new IllegalStateException("a query must read through its context");
    }
    Node node = node(query, key);
    node.rootAt = collection;
    roots.add(node);
    return this.<V>demand(node);
  }

  /** Stops keeping a value for the outside; it goes at the next {@link #collect} if unused. */
  public <K, V> void release(Query<K, V> query, K key) {
    Map<Object, Node> byKey = nodes.get(query);
    Node node = byKey == null ? null : byKey.get(key);
    if (node != null && roots.remove(node)) {
      node.rootAt = -1;
      noteIfUnreferenced(node);
    }
  }

  /** Removes the nodes that no root needs any more. Cost: what it removes, plus the roots. */
  public void collect() {
    collection++;
    roots.removeIf(
        node -> {
          boolean old = node.rootAt + keep < collection;
          if (old) {
            node.rootAt = -1;
            noteIfUnreferenced(node);
          }
          return old;
        });
    while (!unreferenced.isEmpty()) {
      Node node = unreferenced.iterator().next();
      unreferenced.remove(node);
      if (node.dependents.isEmpty() && node.rootAt < 0) {
        Map<Object, Node> byKey = nodes.get(node.kind);
        if (byKey != null) {
          byKey.remove(node.key, node);
        }
        replaceDependencies(node, NO_NODES);
      }
    }
  }

  /** How many nodes are held: queries, and the inputs and groups that they read. */
  public int size() {
    int size = 0;
    for (Map<Object, Node> byKey : nodes.values()) {
      size += byKey.size();
    }
    return size;
  }

  public QueryStats stats() {
    return new QueryStats(
        recomputed,
        verified,
        reused,
        Collections.unmodifiableMap(new TreeMap<>(recomputedByQuery)));
  }

  public void resetStats() {
    recomputed = 0;
    verified = 0;
    reused = 0;
    recomputedByQuery.clear();
  }

  private <K, V> void write(Input<K, V> input, K key, @Nullable V value) {
    if (!running.isEmpty()) {
      throw new IllegalStateException("an input may not change while a query runs");
    }
    Map<Object, Object> values = inputs.computeIfAbsent(input, i -> new HashMap<>());
    @SuppressWarnings("unchecked")
    V before = (V) (value == null ? values.remove(key) : values.put(key, value));
    if (Objects.equals(before, value)) {
      return;
    }
    revision++;
    Node leaf = leaf(input, key);
    if (leaf != null) {
      leaf.value = value;
      changed(leaf);
    }
    for (IndexState<?, ?, ?> state : indexes.getOrDefault(input, List.of())) {
      moveInIndex(state, key, before, value);
    }
  }

  @SuppressWarnings("unchecked")
  private <K, V, G> void moveInIndex(
      IndexState<?, ?, ?> untyped, Object key, @Nullable Object before, @Nullable Object after) {
    IndexState<K, V, G> state = (IndexState<K, V, G>) untyped;
    for (G group : state.move((K) key, (V) before, (V) after)) {
      Node leaf = leaf(state.index, group);
      if (leaf != null) {
        leaf.hasValue = false; // listed again when read, so that a batch lists a group once
        changed(leaf);
      }
    }
  }

  /** An input's or a group's node, if anybody ever read it. */
  private @Nullable Node leaf(Object kind, Object key) {
    Map<Object, Node> byKey = nodes.get(kind);
    return byKey == null ? null : byKey.get(key);
  }

  private void changed(Node leaf) {
    leaf.changedAt = revision;
    markSuspect(leaf);
  }

  private static void markSuspect(Node leaf) {
    ArrayDeque<Node> work = new ArrayDeque<>();
    work.add(leaf);
    while (!work.isEmpty()) {
      for (Node dependent : work.removeLast().dependents) {
        if (dependent.state == State.CURRENT) {
          dependent.state = State.SUSPECT;
          work.add(dependent);
        }
      }
    }
  }

  private Node node(Object kind, Object key) {
    return nodes
        .computeIfAbsent(kind, k -> new HashMap<>())
        .computeIfAbsent(key, k -> newNode(kind, k));
  }

  private static Node newNode(Object kind, Object key) {
    return new Node(kind, key);
  }

  @SuppressWarnings("unchecked")
  private <V> V demand(Node node) {
    makeCurrent(node);
    return (V) Objects.requireNonNull(node.value);
  }

  private void makeCurrent(Node node) {
    switch (node.state) {
      case CURRENT -> reused++;
      case RUNNING -> throw new QueryCycleException(cyclePath(node));
      case SUSPECT -> {
        if (node.hasValue && dependenciesUnchanged(node)) {
          verified++;
          node.verifiedAt = revision;
          node.state = State.CURRENT;
        } else {
          run(node);
        }
      }
    }
  }

  private boolean dependenciesUnchanged(Node node) {
    if (node.dependencies.length == 0) {
      return false;
    }
    for (Node dependency : node.dependencies) {
      if (dependency.kind instanceof Query<?, ?> && dependency.state != State.CURRENT) {
        makeCurrent(dependency);
      }
      if (dependency.changedAt > node.verifiedAt) {
        return false;
      }
    }
    return true;
  }

  private void run(Node node) {
    @SuppressWarnings("unchecked")
    Query<Object, Object> query = (Query<Object, Object>) node.kind;
    recomputed++;
    recomputedByQuery.merge(query.name(), 1L, Long::sum);
    Recorder recorder = new Recorder();
    node.state = State.RUNNING;
    running.addLast(node);
    Object value;
    try {
      value = Objects.requireNonNull(query.compute(recorder, node.key));
    } catch (RuntimeException | Error e) {
      node.state = State.SUSPECT;
      replaceDependencies(node, NO_NODES);
      recorder.read.forEach(this::noteIfUnreferenced);
      throw e;
    } finally {
      running.removeLast();
      recorder.open = false;
    }
    replaceDependencies(node, recorder.read.toArray(NO_NODES));
    if (!node.hasValue || !value.equals(node.value)) {
      node.value = value;
      node.hasValue = true;
      node.changedAt = revision;
    }
    node.verifiedAt = revision;
    node.state = State.CURRENT;
  }

  private void replaceDependencies(Node node, Node[] next) {
    Node[] before = node.dependencies;
    if (Arrays.equals(before, next)) {
      return;
    }
    node.dependencies = next;
    for (Node dependency : next) {
      dependency.dependents.add(node);
    }
    if (before.length == 0) {
      return;
    }
    Set<Node> kept = new HashSet<>(List.of(next));
    for (Node dependency : before) {
      if (!kept.contains(dependency)) {
        dependency.dependents.remove(node);
        noteIfUnreferenced(dependency);
      }
    }
  }

  private void noteIfUnreferenced(Node node) {
    if (node.dependents.isEmpty() && node.rootAt < 0) {
      unreferenced.add(node);
    }
  }

  private String cyclePath(Node again) {
    StringBuilder path = new StringBuilder();
    boolean inside = false;
    for (Node node : running) {
      inside |= node == again;
      if (inside) {
        path.append(node.describe()).append(" -> ");
      }
    }
    return path.append(again.describe()).toString();
  }

  /** Gives a running query what it asks for and remembers that it asked. */
  private final class Recorder implements QueryContext {
    private final LinkedHashSet<Node> read = new LinkedHashSet<>();
    private boolean open = true;

    @Override
    public <K, V> V get(Query<K, V> query, K key) {
      Node node = record(query, key);
      return QueryEngine.this.<V>demand(node);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <K, V> @Nullable V read(Input<K, V> input, K key) {
      Node node = record(input, key);
      if (!node.hasValue) {
        Map<Object, Object> values = inputs.get(input);
        node.value = values == null ? null : values.get(key);
        node.hasValue = true;
      }
      return (V) node.value;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <K, V, G> List<K> keys(Index<K, V, G> index, G group) {
      Node node = record(index, group);
      if (!node.hasValue) {
        IndexState<K, V, G> state = (IndexState<K, V, G>) indexStates.get(index);
        if (state == null) {
          throw new IllegalStateException("index " + index + " was not given to the engine");
        }
        node.value = state.keys(group);
        node.hasValue = true;
      }
      return (List<K>) Objects.requireNonNull(node.value);
    }

    private Node record(Object kind, Object key) {
      if (!open) {
        throw new IllegalStateException("the context of a query that has returned");
      }
      Node node = node(kind, key);
      read.add(node);
      return node;
    }
  }

  private static final class IndexState<K, V, G> {
    final Index<K, V, G> index;
    private final Map<G, TreeSet<K>> groups = new HashMap<>();

    IndexState(Index<K, V, G> index) {
      this.index = index;
    }

    List<K> keys(G group) {
      TreeSet<K> keys = groups.get(group);
      return keys == null ? List.of() : List.copyOf(keys);
    }

    /** Applies a change of one value and returns the groups whose members changed. */
    List<G> move(K key, @Nullable V before, @Nullable V after) {
      Set<G> left = groupsOf(key, before);
      Set<G> entered = groupsOf(key, after);
      List<G> changed = new ArrayList<>();
      for (G group : left) {
        if (!entered.contains(group)) {
          leave(group, key);
          changed.add(group);
        }
      }
      for (G group : entered) {
        if (!left.contains(group)) {
          groups.computeIfAbsent(group, g -> new TreeSet<K>(index.order())).add(key);
          changed.add(group);
        }
      }
      return changed;
    }

    private Set<G> groupsOf(K key, @Nullable V value) {
      return value == null ? Set.of() : new LinkedHashSet<>(index.groupsOf(key, value));
    }

    private void leave(G group, K key) {
      TreeSet<K> keys = groups.get(group);
      if (keys != null && keys.remove(key) && keys.isEmpty()) {
        groups.remove(group);
      }
    }
  }
}
