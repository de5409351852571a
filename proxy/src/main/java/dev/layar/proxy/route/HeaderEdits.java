package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.observe.TextFormat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Headers to remove and to add, level by level ({@code Envoy HeaderValueOption} and {@code
 * …_headers_to_remove}). In each level removals come first, then values are computed on what is
 * there, then overwrites, then additions. Immutable; allocates nothing unless the head must grow.
 *
 * @param levels in the order in which they are applied
 */
public record HeaderEdits(List<Level> levels) {
  public static final HeaderEdits NONE = new HeaderEdits(List.of());

  public HeaderEdits {
    levels = List.copyOf(levels);
  }

  /** What to do when the header is there already ({@code HeaderAppendAction}). */
  public enum AppendAction {
    /** Adds a second line. */
    APPEND_IF_EXISTS_OR_ADD,
    ADD_IF_ABSENT,
    OVERWRITE_IF_EXISTS_OR_ADD,
    OVERWRITE_IF_EXISTS
  }

  /**
   * The edits of one place in the configuration.
   *
   * @param removes lower-case names
   */
  public record Level(List<Name> removes, List<Add> adds) {
    public Level {
      removes = List.copyOf(removes);
      adds = List.copyOf(adds);
    }

    boolean isEmpty() {
      return removes.isEmpty() && adds.isEmpty();
    }
  }

  /** A lower-case header name with its number. */
  public record Name(byte[] lower, short id) {
    public static Name of(String name) {
      String lower = name.toLowerCase(java.util.Locale.ROOT);
      return new Name(Ascii.bytes(lower), HeaderName.of(lower));
    }
  }

  /**
   * One header to add.
   *
   * @param line the whole line {@code name: value CRLF} when the value is fixed, else null
   * @param template the value when it has operators, else null
   */
  public record Add(
      Name name,
      byte @Nullable [] line,
      @Nullable TextFormat template,
      AppendAction action,
      boolean keepEmpty) {
    /** A header with a fixed value. */
    public static Add fixed(String name, String value, AppendAction action, boolean keepEmpty) {
      Name lower = Name.of(name);
      byte[] line =
          Ascii.bytes(Ascii.string(lower.lower(), 0, lower.lower().length) + ": " + value + "\r\n");
      return new Add(lower, line, null, action, keepEmpty || !value.isEmpty());
    }

    /** A header whose value is computed per stream. */
    public static Add computed(
        String name, TextFormat template, AppendAction action, boolean keepEmpty) {
      return new Add(Name.of(name), null, template, action, keepEmpty);
    }

    boolean overwrites() {
      return switch (action) {
        case OVERWRITE_IF_EXISTS, OVERWRITE_IF_EXISTS_OR_ADD -> true;
        case APPEND_IF_EXISTS_OR_ADD, ADD_IF_ABSENT -> false;
      };
    }
  }

  /** Edits of several places as one, without those that do nothing. */
  public static HeaderEdits of(List<Level> levels) {
    List<Level> useful = new ArrayList<>(levels);
    useful.removeIf(Level::isEmpty);
    return useful.isEmpty() ? NONE : new HeaderEdits(useful);
  }

  public boolean isEmpty() {
    return levels.isEmpty();
  }

  /**
   * Edits a head.
   *
   * @param scratch where computed values are put together; cleared
   */
  public void apply(Head head, StreamInfo info, ByteSink scratch) {
    for (int i = 0; i < levels.size(); i++) {
      apply(levels.get(i), head, info, scratch);
    }
  }

  private static void apply(Level level, Head head, StreamInfo info, ByteSink scratch) {
    List<Name> removes = level.removes();
    for (int i = 0; i < removes.size(); i++) {
      drop(removes.get(i), head);
    }
    List<Add> adds = level.adds();
    compute(adds, info, scratch);
    put(adds, true, head, scratch);
    put(adds, false, head, scratch);
  }

  /** Puts each computed value behind a two-byte length, in the order of the adds. */
  private static void compute(List<Add> adds, StreamInfo info, ByteSink scratch) {
    scratch.clear();
    for (int i = 0; i < adds.size(); i++) {
      TextFormat template = adds.get(i).template();
      if (template != null) {
        int at = scratch.length();
        scratch.put((byte) 0).put((byte) 0);
        template.append(info, scratch);
        int size = Math.min(scratch.length() - at - 2, 0xFFFF);
        scratch.truncate(at + 2 + size);
        scratch.bytes()[at] = (byte) (size >> 8);
        scratch.bytes()[at + 1] = (byte) size;
      }
    }
  }

  private static void put(List<Add> adds, boolean overwrites, Head head, ByteSink scratch) {
    int computed = 0;
    for (int i = 0; i < adds.size(); i++) {
      Add add = adds.get(i);
      int start = computed + 2;
      int size = 0;
      if (add.template() != null) {
        byte[] bytes = scratch.bytes();
        size = (bytes[computed] & 0xFF) << 8 | bytes[computed + 1] & 0xFF;
        computed = start + size;
      }
      boolean empty = add.template() == null ? !add.keepEmpty() : size == 0 && !add.keepEmpty();
      if (add.overwrites() == overwrites && !empty) {
        put(add, head, scratch.bytes(), start, size);
      }
    }
  }

  private static void put(Add add, Head head, byte[] values, int start, int size) {
    boolean there = add.action() != AppendAction.APPEND_IF_EXISTS_OR_ADD && has(add.name(), head);
    switch (add.action()) {
      case APPEND_IF_EXISTS_OR_ADD -> append(add, head, values, start, size);
      case ADD_IF_ABSENT -> {
        if (!there) {
          append(add, head, values, start, size);
        }
      }
      case OVERWRITE_IF_EXISTS_OR_ADD -> {
        drop(add.name(), head);
        append(add, head, values, start, size);
      }
      case OVERWRITE_IF_EXISTS -> {
        if (there) {
          drop(add.name(), head);
          append(add, head, values, start, size);
        }
      }
    }
  }

  private static void append(Add add, Head head, byte[] values, int start, int size) {
    byte[] line = add.line();
    if (line != null) {
      head.appendLine(line, add.name().lower().length, add.name().id());
    } else {
      head.append(add.name().lower(), add.name().id(), values, start, size);
    }
  }

  private static boolean has(Name name, Head head) {
    return (name.id() == HeaderName.UNKNOWN ? head.find(name.lower(), -1) : head.find(name.id()))
        >= 0;
  }

  private static void drop(Name name, Head head) {
    if (name.id() == HeaderName.UNKNOWN) {
      head.dropAll(name.lower());
    } else {
      head.dropAll(name.id());
    }
  }
}
