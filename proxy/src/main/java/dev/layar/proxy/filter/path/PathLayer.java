package dev.layar.proxy.filter.path;

import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.ResponseFlags;
import org.jspecify.annotations.Nullable;

/**
 * Brings the path into one spelling before anything decides by it (Envoy: {@code normalize_path},
 * {@code merge_slashes}, {@code path_with_escaped_slashes_action}); a fragment is cut off, as Istio
 * configures it. Stateless. A path that is in order already costs one look at its bytes.
 */
public final class PathLayer implements Layer {
  private static final byte[] NO_BODY = new byte[0];
  private static final byte[] FAILED = Ascii.bytes("path_normalization_failed");
  private static final boolean[] SUSPECT = suspect();

  @Override
  public String name() {
    return "path";
  }

  @Override
  public String reason() {
    return "two spellings of one path must not get two decisions";
  }

  @Override
  public Step request(Call call) {
    Head request = call.request();
    byte[] bytes = request.bytes();
    int start = request.pathStart();
    int end = start + request.pathLength();
    for (int i = start; i < end; i++) {
      byte value = bytes[i];
      if (value == '?') {
        return Step.CONTINUE;
      }
      if (SUSPECT[value & 0xff] && unusual(bytes, i, start, end)) {
        return normalise(call);
      }
    }
    return Step.CONTINUE;
  }

  /** A slash is unusual before another, a dot behind a slash, the other suspects always. */
  private static boolean unusual(byte[] bytes, int at, int start, int end) {
    return switch (bytes[at]) {
      case '/' -> at + 1 < end && bytes[at + 1] == '/';
      case '.' -> at > start && bytes[at - 1] == '/';
      default -> true;
    };
  }

  private static Step normalise(Call call) {
    Head request = call.request();
    HttpConfig config = call.config();
    String target = withoutFragment(request.path());
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    String query = question < 0 ? "" : target.substring(question);
    if (!path.startsWith("/")) {
      return Step.CONTINUE;
    }
    boolean escaped = Paths.hasEscapedSlash(path);
    if (escaped && config.escapedSlashes() == HttpConfig.EscapedSlashes.REJECT_REQUEST) {
      call.reply(400, NO_BODY, ResponseFlags.NONE, FAILED);
      return Step.ANSWERED;
    }
    boolean unescape =
        escaped && config.escapedSlashes() != HttpConfig.EscapedSlashes.KEEP_UNCHANGED;
    String normal = normal(path, config, unescape);
    if (normal == null) {
      call.reply(400, NO_BODY, ResponseFlags.NONE, FAILED);
      return Step.ANSWERED;
    }
    if (escaped && config.escapedSlashes() == HttpConfig.EscapedSlashes.UNESCAPE_AND_REDIRECT) {
      call.redirect(307, Ascii.bytes(normal + query), FAILED);
      return Step.ANSWERED;
    }
    String result = normal + query;
    if (!result.equals(request.path())) {
      request.path(Ascii.bytes(result));
    }
    return Step.CONTINUE;
  }

  private static @Nullable String normal(String path, HttpConfig config, boolean unescape) {
    String present = unescape ? Paths.unescapeSlashes(path) : path;
    if (config.normalizePath()) {
      present = Paths.normalise(present);
    }
    return present == null || !config.mergeSlashes() ? present : Paths.mergeSlashes(present);
  }

  private static String withoutFragment(String target) {
    int hash = target.indexOf('#');
    return hash < 0 ? target : target.substring(0, hash);
  }

  private static boolean[] suspect() {
    boolean[] table = new boolean[256];
    for (byte value : Ascii.bytes("%\\#./")) {
      table[value] = true;
    }
    return table;
  }
}
