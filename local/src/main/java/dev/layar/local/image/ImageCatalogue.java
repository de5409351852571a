package dev.layar.local.image;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Container image → program of this machine: the user's own entries first, then the built-in ones,
 * which make well-known tutorials run as written. Immutable.
 *
 * <p>Registry, {@code library/} and digest never matter; the tag matters only where it is the
 * behaviour (the colours).
 */
public final class ImageCatalogue {
  /** The code of the finding for an image nobody knows. */
  public static final String NOT_FOUND = "ErrImageNotFound";

  private static final String HTTPBIN = "httpbin";
  private static final int HTTPBIN_PORT = 80;
  private static final int GO_HTTPBIN_PORT = 8080;
  private static final int HTTPPING_PORT = 8080;
  private static final int BOOKINFO_PORT = 9080;
  private static final int COLOUR_PORT = 8080;

  private final Map<String, List<String>> own;

  /** A catalogue with the user's entries: image, with or without tag → command line. */
  public ImageCatalogue(Map<String, List<String>> own) {
    Map<String, List<String>> normal = new TreeMap<>();
    own.forEach((image, command) -> normal.put(Name.of(image).full(), List.copyOf(command)));
    this.own = Map.copyOf(normal);
  }

  /**
   * What a container with this image, {@code command} and {@code args} runs, or a finding that says
   * how to add the image.
   */
  public Result<Program> lookup(String image, List<String> command, List<String> args) {
    Name name = Name.of(image);
    List<String> mine = own.getOrDefault(name.full(), own.getOrDefault(name.path(), List.of()));
    if (!mine.isEmpty()) {
      List<String> all = new ArrayList<>(mine);
      all.addAll(args);
      return ok(new Program.Command(all));
    }
    Program known = builtIn(name);
    if (known == null) {
      return rejected(image);
    }
    return ok(command.isEmpty() ? known : withCommand(known, command, args));
  }

  private static Result<Program> ok(Program program) {
    return new Result.Ok<>(program, List.of());
  }

  private static Result<Program> rejected(String image) {
    return new Result.Rejected<>(
        List.of(
            Finding.error(
                NOT_FOUND,
                Location.UNKNOWN,
                "spec.containers[].image",
                "no program is known for this image: add a line \""
                    + Name.of(image).path()
                    + ": COMMAND\" to images.yaml in the state directory, where COMMAND listens on"
                    + " $POD_IP:$PORT",
                image,
                "a built-in sample or an entry of images.yaml")));
  }

  private static @Nullable Program builtIn(Name name) {
    return switch (name.path()) {
      case "kennethreitz/httpbin", "kong/httpbin", HTTPBIN -> sample(HTTPBIN, HTTPBIN_PORT);
      case "mccutchen/go-httpbin" -> sample(HTTPBIN, GO_HTTPBIN_PORT);
      case "curlimages/curl", "governmentpaas/curl-ssl", "pstauffer/curl", "busybox", "alpine" ->
          new Program.Sleep();
      case "istio/proxyv2", "auto", "layar/proxy" -> new Program.Proxy();
      case "layar/init" -> new Program.Nothing();
      case "istio/examples-bookinfo-productpage-v1" -> sample("productpage", BOOKINFO_PORT);
      case "istio/examples-bookinfo-details-v1" -> sample("details", BOOKINFO_PORT);
      case "istio/examples-bookinfo-ratings-v1" -> sample("ratings", BOOKINFO_PORT);
      case "istio/examples-bookinfo-reviews-v1" -> sample("reviews-v1", BOOKINFO_PORT);
      case "istio/examples-bookinfo-reviews-v2" -> sample("reviews-v2", BOOKINFO_PORT);
      case "istio/examples-bookinfo-reviews-v3" -> sample("reviews-v3", BOOKINFO_PORT);
      case "argoproj/rollouts-demo", "layar/colours", "colours" ->
          new Program.Sample("colour", Map.of("COLOUR", name.tag("blue")), COLOUR_PORT);
      default -> name.last().equals("httpping") ? sample("httpping", HTTPPING_PORT) : null;
    };
  }

  private static Program sample(String name, int port) {
    return new Program.Sample(name, Map.of(), port);
  }

  /**
   * A {@code command} replaces the image's own. One that starts the program the image is known for
   * (gunicorn, python, node, java and the like) changes nothing; any other is run as written.
   */
  private static Program withCommand(Program known, List<String> command, List<String> args) {
    String program = command.getFirst().substring(command.getFirst().lastIndexOf('/') + 1);
    return switch (program) {
      case "sleep" -> new Program.Sleep();
      case "gunicorn", "python", "python3", "pipenv", "ruby", "node", "go-httpbin", "pilot-agent" ->
          known;
      default -> {
        if (known instanceof Program.Sample || known instanceof Program.Proxy) {
          yield known;
        }
        List<String> all = new ArrayList<>(command);
        all.addAll(args);
        yield new Program.Command(all);
      }
    };
  }

  /**
   * Reads the user's entries: a YAML mapping of image to command line. A command line that is one
   * text is run by {@code sh}, so {@code $PORT} works in it; a list is run as it is.
   *
   * @return an empty map when the file does not exist
   */
  public static Result<Map<String, List<String>>> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return new Result.Ok<>(Map.of(), List.of());
    }
    Object root;
    try {
      root = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
    } catch (YamlEngineException e) {
      return unreadable(file, "not YAML: " + e.getMessage(), "");
    }
    if (root == null) {
      return new Result.Ok<>(Map.of(), List.of());
    }
    if (!(root instanceof Map<?, ?> map)) {
      return unreadable(file, "not a mapping", String.valueOf(root));
    }
    Map<String, List<String>> out = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      switch (entry.getValue()) {
        case String line when !line.isBlank() ->
            out.put(String.valueOf(entry.getKey()), List.of("/bin/sh", "-c", "exec " + line));
        case List<?> words when !words.isEmpty() ->
            out.put(String.valueOf(entry.getKey()), words.stream().map(String::valueOf).toList());
        case null, default -> {
          return unreadable(
              file, "no command for " + entry.getKey(), String.valueOf(entry.getValue()));
        }
      }
    }
    return new Result.Ok<>(Map.copyOf(out), List.of());
  }

  private static Result<Map<String, List<String>>> unreadable(
      Path file, String message, String value) {
    return new Result.Rejected<>(
        List.of(
            Finding.error(
                "ErrImageCatalogue",
                new Location(file.toString(), 0, 0),
                "",
                message,
                value,
                "lines of the form \"image: command line\"")));
  }

  /**
   * An image reference without what does not matter here.
   *
   * @param path repository without {@code docker.io/} and {@code library/}
   * @param tag empty when there is none
   */
  private record Name(String path, String tag) {
    static Name of(String image) {
      String text = image.strip();
      int digest = text.indexOf('@');
      text = digest < 0 ? text : text.substring(0, digest);
      int colon = text.lastIndexOf(':');
      boolean tagged = colon > text.lastIndexOf('/');
      String tag = tagged ? text.substring(colon + 1) : "";
      String path = tagged ? text.substring(0, colon) : text;
      for (String prefix : List.of("docker.io/", "index.docker.io/", "library/")) {
        path = path.startsWith(prefix) ? path.substring(prefix.length()) : path;
      }
      return new Name(path, tag);
    }

    String full() {
      return tag.isEmpty() ? path : path + ":" + tag;
    }

    String last() {
      return path.substring(path.lastIndexOf('/') + 1);
    }

    String tag(String otherwise) {
      return tag.isEmpty() || tag.equals("latest") ? otherwise : tag;
    }
  }
}
