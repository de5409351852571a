package dev.layar.compiler;

import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable hash map whose edits share structure with the map they came from. Iteration order is
 * unspecified; callers that need an order sort.
 *
 * <p>Safe to share between threads. Keys and values must be immutable and define {@code equals};
 * null is not a value.
 *
 * <p>Implementation notes: a hash array mapped trie (Bagwell, "Ideal Hash Trees", 2001) of five
 * bits a level. A node is a bitmap and a dense array; a slot holds an {@link Entry}, a child {@link
 * Node}, or, below the last level, a {@link Collision}. An edit copies the path to one slot, at
 * most seven nodes of at most 32 slots. {@link #diff} skips every subtree that both maps share, so
 * it costs what the edits between the two cost and not what the maps hold.
 */
public final class PersistentMap<K, V> {
  private static final int BITS = 5;
  private static final int MASK = (1 << BITS) - 1;
  private static final int MAX_SHIFT = 30;
  private static final Node EMPTY_NODE = new Node(0, new Object[0]);
  private static final PersistentMap<?, ?> EMPTY = new PersistentMap<>(EMPTY_NODE, 0);

  private final Node root;
  private final int size;

  private PersistentMap(Node root, int size) {
    this.root = root;
    this.size = size;
  }

  @SuppressWarnings("unchecked")
  public static <K, V> PersistentMap<K, V> empty() {
    return (PersistentMap<K, V>) EMPTY;
  }

  public int size() {
    return size;
  }

  @SuppressWarnings("unchecked")
  public @Nullable V get(K key) {
    Entry entry = find(root, 0, spread(key), key);
    return entry == null ? null : (V) entry.value;
  }

  /** This map with {@code key} bound to {@code value}; this map itself when nothing changes. */
  public PersistentMap<K, V> with(K key, V value) {
    Entry old = find(root, 0, spread(key), key);
    if (old != null && old.value.equals(value)) {
      return this;
    }
    Node next = put(root, 0, new Entry(key, value, spread(key)));
    return new PersistentMap<>(next, old == null ? size + 1 : size);
  }

  /** This map without {@code key}; this map itself when it is absent. */
  public PersistentMap<K, V> without(K key) {
    if (find(root, 0, spread(key), key) == null) {
      return this;
    }
    Node next = remove(root, 0, spread(key), key);
    return new PersistentMap<>(next == null ? EMPTY_NODE : next, size - 1);
  }

  @SuppressWarnings("unchecked")
  public void forEach(BiConsumer<? super K, ? super V> action) {
    visit(root, entry -> action.accept((K) entry.key, (V) entry.value));
  }

  /** Receives one difference between two maps. */
  @FunctionalInterface
  public interface DiffConsumer<K, V> {
    /**
     * @param before the value in the older map, null when the key was added
     * @param after the value in the newer map, null when the key was removed
     */
    void accept(K key, @Nullable V before, @Nullable V after);
  }

  /** Reports every key whose binding differs from {@code older}'s to here. */
  @SuppressWarnings("unchecked")
  public void diff(PersistentMap<K, V> older, DiffConsumer<K, V> consumer) {
    diffSlots(
        older.root,
        root,
        0,
        (key, before, after) -> consumer.accept((K) key, (V) before, (V) after));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    if (this == other) {
      return true;
    }
    if (!(other instanceof PersistentMap<?, ?> that) || that.size != size) {
      return false;
    }
    boolean[] same = {true};
    diffSlots(that.root, root, 0, (key, before, after) -> same[0] = false);
    return same[0];
  }

  @Override
  public int hashCode() {
    int[] sum = {size};
    visit(root, entry -> sum[0] += entry.hash ^ entry.value.hashCode());
    return sum[0];
  }

  private record Node(int bitmap, Object[] slots) {}

  private record Entry(Object key, Object value, int hash) {}

  private record Collision(Entry[] entries) {}

  private interface EntryVisitor {
    void accept(Entry entry);
  }

  private static int spread(Object key) {
    int h = key.hashCode();
    return h ^ (h >>> 16);
  }

  private static int index(Node node, int bit) {
    return Integer.bitCount(node.bitmap & (bit - 1));
  }

  private static int bit(int hash, int shift) {
    return 1 << ((hash >>> shift) & MASK);
  }

  private static @Nullable Entry find(Node start, int startShift, int hash, Object key) {
    Node node = start;
    for (int shift = startShift; ; shift += BITS) {
      int bit = bit(hash, shift);
      if ((node.bitmap & bit) == 0) {
        return null;
      }
      Object slot = node.slots[index(node, bit)];
      if (slot instanceof Node child) {
        node = child;
      } else {
        return findInLeaf(slot, key);
      }
    }
  }

  private static @Nullable Entry findInLeaf(Object slot, Object key) {
    if (slot instanceof Entry entry) {
      return entry.key.equals(key) ? entry : null;
    }
    for (Entry entry : ((Collision) slot).entries) {
      if (entry.key.equals(key)) {
        return entry;
      }
    }
    return null;
  }

  private static Node put(Node node, int shift, Entry entry) {
    int bit = bit(entry.hash, shift);
    int at = index(node, bit);
    if ((node.bitmap & bit) == 0) {
      Object[] slots = new Object[node.slots.length + 1];
      System.arraycopy(node.slots, 0, slots, 0, at);
      slots[at] = entry;
      System.arraycopy(node.slots, at, slots, at + 1, node.slots.length - at);
      return new Node(node.bitmap | bit, slots);
    }
    Object[] slots = node.slots.clone();
    slots[at] = putInSlot(node.slots[at], shift, entry);
    return new Node(node.bitmap, slots);
  }

  private static Object putInSlot(Object slot, int shift, Entry entry) {
    if (slot instanceof Node child) {
      return put(child, shift + BITS, entry);
    }
    if (slot instanceof Entry other && other.key.equals(entry.key)) {
      return entry;
    }
    if (shift >= MAX_SHIFT) {
      return addToCollision(slot, entry);
    }
    Entry other = (Entry) slot;
    return put(put(EMPTY_NODE, shift + BITS, other), shift + BITS, entry);
  }

  private static Collision addToCollision(Object slot, Entry entry) {
    Entry[] old = slot instanceof Collision c ? c.entries : new Entry[] {(Entry) slot};
    for (int i = 0; i < old.length; i++) {
      if (old[i].key.equals(entry.key)) {
        Entry[] copy = old.clone();
        copy[i] = entry;
        return new Collision(copy);
      }
    }
    Entry[] grown = Arrays.copyOf(old, old.length + 1);
    grown[old.length] = entry;
    return new Collision(grown);
  }

  private static @Nullable Node remove(Node node, int shift, int hash, Object key) {
    int bit = bit(hash, shift);
    int at = index(node, bit);
    Object rest = removeFromSlot(node.slots[at], shift, hash, key);
    if (rest != null) {
      Object[] slots = node.slots.clone();
      slots[at] = rest;
      return new Node(node.bitmap, slots);
    }
    if (node.slots.length == 1) {
      return null;
    }
    Object[] slots = new Object[node.slots.length - 1];
    System.arraycopy(node.slots, 0, slots, 0, at);
    System.arraycopy(node.slots, at + 1, slots, at, slots.length - at);
    return new Node(node.bitmap & ~bit, slots);
  }

  private static @Nullable Object removeFromSlot(Object slot, int shift, int hash, Object key) {
    if (slot instanceof Node child) {
      return remove(child, shift + BITS, hash, key);
    }
    if (slot instanceof Entry) {
      return null;
    }
    Entry[] rest =
        Arrays.stream(((Collision) slot).entries)
            .filter(entry -> !entry.key.equals(key))
            .toArray(Entry[]::new);
    return rest.length == 1 ? rest[0] : new Collision(rest);
  }

  private static void visit(Object slot, EntryVisitor visitor) {
    if (slot instanceof Node node) {
      for (Object child : node.slots) {
        visit(child, visitor);
      }
    } else if (slot instanceof Entry entry) {
      visitor.accept(entry);
    } else {
      for (Entry entry : ((Collision) slot).entries) {
        visitor.accept(entry);
      }
    }
  }

  private static void diffSlots(
      @Nullable Object before,
      @Nullable Object after,
      int shift,
      DiffConsumer<Object, Object> consumer) {
    if (before == after) {
      return;
    }
    if (before instanceof Node || after instanceof Node) {
      Node a = asNode(before, shift);
      Node b = asNode(after, shift);
      int bits = a.bitmap | b.bitmap;
      while (bits != 0) {
        int bit = bits & -bits;
        bits ^= bit;
        diffSlots(slotAt(a, bit), slotAt(b, bit), shift + BITS, consumer);
      }
      return;
    }
    diffLeaves(before, after, consumer);
  }

  private static Node asNode(@Nullable Object slot, int shift) {
    if (slot == null) {
      return EMPTY_NODE;
    }
    if (slot instanceof Node node) {
      return node;
    }
    Entry entry = slot instanceof Entry e ? e : ((Collision) slot).entries[0];
    return new Node(bit(entry.hash, shift), new Object[] {slot});
  }

  private static @Nullable Object slotAt(Node node, int bit) {
    return (node.bitmap & bit) == 0 ? null : node.slots[index(node, bit)];
  }

  private static void diffLeaves(
      @Nullable Object before, @Nullable Object after, DiffConsumer<Object, Object> consumer) {
    if (before != null) {
      visit(
          before,
          old -> {
            Entry now = after == null ? null : findInLeaf(after, old.key);
            if (now == null) {
              consumer.accept(old.key, old.value, null);
            } else if (!now.value.equals(old.value)) {
              consumer.accept(old.key, old.value, now.value);
            }
          });
    }
    if (after != null) {
      visit(
          after,
          now -> {
            if (before == null || findInLeaf(before, now.key) == null) {
              consumer.accept(now.key, null, now.value);
            }
          });
    }
  }
}
