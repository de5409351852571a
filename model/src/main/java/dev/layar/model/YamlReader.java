package dev.layar.model;

import dev.layar.base.Location;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * YAML to {@link Tree}, from the parser's events with a stack of its own: neither deep nesting nor
 * aliases that unfold to billions of values can exhaust memory. Merge keys ({@code <<}) are
 * applied, as kubectl does.
 */
final class YamlReader {
  private static final String TAG = "tag:yaml.org,2002:";
  private static final Set<String> PLAIN_TAGS =
      Set.of(TAG + "int", TAG + "float", TAG + "bool", TAG + "null");
  private static final Set<String> PASSIVE_TAGS =
      Set.of("!", TAG + "str", TAG + "map", TAG + "seq", TAG + "timestamp");

  private final String source;
  private final Documents.Chunk chunk;
  private final Deque<Open> open = new ArrayDeque<>();
  private final Map<String, Sized> anchors = new HashMap<>();
  private final List<Tree> roots = new ArrayList<>();
  private long nodes;

  private YamlReader(String source, Documents.Chunk chunk) {
    this.source = source;
    this.chunk = chunk;
  }

  static Documents.Parsed read(String source, Documents.Chunk chunk) {
    YamlReader reader = new YamlReader(source, chunk);
    LoadSettings settings = LoadSettings.builder().setCodePointLimit(Limits.DOCUMENT_CHARS).build();
    Documents.Problem problem = null;
    try {
      for (Event event : new Parse(settings).parseString(chunk.text())) {
        reader.accept(event);
      }
    } catch (Refused e) {
      problem = e.problem;
    } catch (MarkedYamlEngineException e) {
      problem = reader.explain(e);
    } catch (ReaderException e) {
      problem = reader.explain(e);
    } catch (YamlEngineException e) {
      problem =
          new Documents.Problem(
              DecodeCode.SYNTAX, reader.start(), "not valid YAML: " + e.getMessage());
    }
    return new Documents.Parsed(problem == null ? List.copyOf(reader.roots) : List.of(), problem);
  }

  /** A tree with the number of values it unfolds to. */
  private record Sized(Tree tree, long size) {}

  /** A collection that has not ended. */
  private static final class Open {
    final boolean map;
    final Location at;
    final @Nullable String anchor;
    final List<Tree> items = new ArrayList<>();
    final List<Tree.Entry> entries = new ArrayList<>();
    Tree.@Nullable Text key;
    long size = 1;

    Open(boolean map, Location at, @Nullable String anchor) {
      this.map = map;
      this.at = at;
      this.anchor = anchor;
    }
  }

  /** Leaves the loop over events; never leaves this class. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    final transient Documents.Problem problem;

    Refused(Documents.Problem problem) {
      super(problem.message(), null, false, false);
      this.problem = problem;
    }
  }

  private void accept(Event event) {
    switch (event.getEventId()) {
      case Scalar -> scalar((ScalarEvent) event);
      case SequenceStart -> begin(false, (CollectionStartEvent) event);
      case MappingStart -> begin(true, (CollectionStartEvent) event);
      case SequenceEnd, MappingEnd -> end();
      case Alias -> alias((AliasEvent) event);
      case Comment, DocumentStart, DocumentEnd, StreamStart, StreamEnd -> {}
    }
  }

  private void scalar(ScalarEvent event) {
    String tag = event.getTag().orElse("");
    boolean plain = event.isPlain() && tag.isEmpty() || PLAIN_TAGS.contains(tag);
    checkTag(event, tag);
    add(new Sized(new Tree.Text(event.getValue(), plain, at(event)), 1), anchor(event));
  }

  private void begin(boolean map, CollectionStartEvent event) {
    checkTag(event, event.getTag().orElse(""));
    Open parent = open.peek();
    if (parent != null && parent.map && parent.key == null) {
      throw refuse(
          DecodeCode.SYNTAX, event, "a field name must be plain text, not a list or object");
    }
    if (open.size() >= Limits.DEPTH) {
      throw refuse(
          DecodeCode.TOO_LARGE, event, "nested more than " + Limits.DEPTH + " levels deep");
    }
    open.push(new Open(map, at(event), anchor(event)));
  }

  private void end() {
    Open done = open.pop();
    Tree tree =
        done.map
            ? new Tree.Fields(merged(done.entries), done.at)
            : new Tree.Items(List.copyOf(done.items), done.at);
    add(new Sized(tree, done.size), done.anchor);
  }

  private void alias(AliasEvent event) {
    String name = event.getAlias().getValue();
    Sized target = anchors.get(name);
    if (target == null) {
      throw refuse(
          DecodeCode.SYNTAX,
          event,
          "*" + name + " refers to an anchor that is not complete before it");
    }
    nodes += target.size();
    if (nodes > Limits.NODES) {
      throw refuse(
          DecodeCode.TOO_LARGE,
          event,
          "the aliases unfold to more than " + Limits.NODES + " values");
    }
    add(target, null);
  }

  private void add(Sized node, @Nullable String anchor) {
    if (anchor != null) {
      anchors.put(anchor, node);
    }
    nodes++;
    Open parent = open.peek();
    if (parent == null) {
      roots.add(node.tree());
      return;
    }
    parent.size += node.size();
    if (!parent.map) {
      parent.items.add(node.tree());
    } else if (parent.key == null) {
      parent.key = key(node.tree());
    } else {
      parent.entries.add(new Tree.Entry(parent.key.value(), parent.key.at(), node.tree()));
      parent.key = null;
    }
  }

  private Tree.Text key(Tree tree) {
    if (tree instanceof Tree.Text text) {
      return text;
    }
    throw new Refused(
        new Documents.Problem(
            DecodeCode.SYNTAX, tree.at(), "a field name must be plain text, not a list or object"));
  }

  /** Applies merge keys: fields written here go before those merged in. */
  private static List<Tree.Entry> merged(List<Tree.Entry> entries) {
    if (entries.stream().noneMatch(e -> e.name().equals("<<"))) {
      return List.copyOf(entries);
    }
    List<Tree.Entry> out = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Tree.Entry entry : entries) {
      if (!entry.name().equals("<<")) {
        out.add(entry);
        names.add(entry.name());
      }
    }
    for (Tree.Entry entry : entries) {
      if (entry.name().equals("<<")) {
        merge(entry, out, names);
      }
    }
    return List.copyOf(out);
  }

  /** The value of a merge key is an object or a list of objects (YAML 1.1 "merge" type). */
  private static void merge(Tree.Entry merge, List<Tree.Entry> out, Set<String> names) {
    List<Tree> parents =
        merge.value() instanceof Tree.Items items ? items.items() : List.of(merge.value());
    for (Tree parent : parents) {
      if (parent instanceof Tree.Fields fields) {
        fields.entries().stream().filter(e -> names.add(e.name())).forEach(out::add);
      } else {
        out.add(new Tree.Entry("<<", merge.at(), parent));
      }
    }
  }

  private void checkTag(NodeEvent event, String tag) {
    if (!tag.isEmpty() && !PLAIN_TAGS.contains(tag) && !PASSIVE_TAGS.contains(tag)) {
      throw refuse(DecodeCode.SYNTAX, event, "the tag " + tag + " has no meaning here; remove it");
    }
  }

  private Refused refuse(DecodeCode code, Event event, String message) {
    return new Refused(new Documents.Problem(code, at(event), message));
  }

  private static @Nullable String anchor(NodeEvent event) {
    return event.getAnchor().map(Anchor::getValue).orElse(null);
  }

  private Location start() {
    return new Location(source, chunk.line() + 1, 1);
  }

  private Location at(Event event) {
    return at(event.getStartMark());
  }

  private Location at(Optional<Mark> mark) {
    return mark.map(m -> new Location(source, chunk.line() + m.getLine() + 1, m.getColumn() + 1))
        .orElse(start());
  }

  private Documents.Problem explain(ReaderException e) {
    String before = chunk.text().substring(0, Math.min(e.getPosition(), chunk.text().length()));
    int line = (int) before.chars().filter(c -> c == '\n').count();
    int column = before.length() - (before.lastIndexOf('\n') + 1);
    return new Documents.Problem(
        DecodeCode.SYNTAX,
        new Location(source, chunk.line() + line + 1, column + 1),
        "the character U+%04X cannot stand in YAML; remove it".formatted(e.getCodePoint()));
  }

  private Documents.Problem explain(MarkedYamlEngineException e) {
    Optional<Mark> mark = e.getProblemMark().isPresent() ? e.getProblemMark() : e.getContextMark();
    String line = mark.map(m -> line(m.getLine())).orElse("");
    boolean oneLine = line.contains("apiVersion:") && line.contains(" kind:");
    return new Documents.Problem(
        oneLine ? DecodeCode.LOST_LAYOUT : DecodeCode.SYNTAX,
        at(mark),
        oneLine
            ? "the whole object stands on one line: its line breaks were lost, probably when it was"
                + " copied; put each field on a line of its own, indented below its parent"
            : YamlAdvice.of(e.getProblem(), line));
  }

  private String line(int number) {
    return chunk.text().lines().skip(number).findFirst().orElse("");
  }
}
