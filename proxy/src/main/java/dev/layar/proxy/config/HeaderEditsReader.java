package dev.layar.proxy.config;

import dev.layar.proxy.observe.TextFormat;
import dev.layar.proxy.route.HeaderEdits;
import dev.layar.proxy.route.HeaderEdits.AppendAction;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads {@code …_headers_to_add} and {@code …_headers_to_remove}. */
final class HeaderEditsReader {
  private static final int MAX_VALUE_LENGTH = 16_384;

  private HeaderEditsReader() {}

  static HeaderEdits.Level level(
      List<HeaderValueOption> adds,
      List<String> removes,
      String addPath,
      String removePath,
      Problems problems) {
    List<HeaderEdits.Name> names = new ArrayList<>(removes.size());
    for (int i = 0; i < removes.size(); i++) {
      if (mutable(removes.get(i), removePath + "[" + i + "]", problems)) {
        names.add(HeaderEdits.Name.of(removes.get(i)));
      }
    }
    List<HeaderEdits.Add> added = new ArrayList<>(adds.size());
    for (int i = 0; i < adds.size(); i++) {
      added.add(add(adds.get(i), addPath + "[" + i + "]", problems));
    }
    return new HeaderEdits.Level(names, added);
  }

  private static HeaderEdits.Add add(HeaderValueOption proto, String path, Problems problems) {
    String name = proto.getHeader().getKey();
    String value = proto.getHeader().getValue();
    mutable(name, path + ".header.key", problems);
    checkValue(value, path + ".header.value", problems);
    AppendAction action = action(proto, path, problems);
    if (value.indexOf('%') < 0) {
      return HeaderEdits.Add.fixed(name, value, action, proto.getKeepEmptyValue());
    }
    TextFormat template =
        TextFormat.text(
            value,
            true,
            problem -> problems.invalid(path + ".header.value", problem, value, "a format string"));
    return HeaderEdits.Add.computed(name, template, action, proto.getKeepEmptyValue());
  }

  @SuppressWarnings("deprecation")
  private static AppendAction action(HeaderValueOption proto, String path, Problems problems) {
    if (proto.hasAppend()) {
      return proto.getAppend().getValue()
          ? AppendAction.APPEND_IF_EXISTS_OR_ADD
          : AppendAction.OVERWRITE_IF_EXISTS_OR_ADD;
    }
    return switch (proto.getAppendAction()) {
      case APPEND_IF_EXISTS_OR_ADD -> AppendAction.APPEND_IF_EXISTS_OR_ADD;
      case ADD_IF_ABSENT -> AppendAction.ADD_IF_ABSENT;
      case OVERWRITE_IF_EXISTS_OR_ADD -> AppendAction.OVERWRITE_IF_EXISTS_OR_ADD;
      case OVERWRITE_IF_EXISTS -> AppendAction.OVERWRITE_IF_EXISTS;
      case UNRECOGNIZED -> {
        problems.invalid(
            path + ".append_action", "unknown action", proto.getAppendActionValue(), "0 to 3");
        yield AppendAction.APPEND_IF_EXISTS_OR_ADD;
      }
    };
  }

  /** Pseudo-headers and Host are not to be changed this way (Envoy refuses them too). */
  private static boolean mutable(String name, String path, Problems problems) {
    String lower = name.toLowerCase(Locale.ROOT);
    boolean token = !lower.isEmpty() && lower.chars().allMatch(HeaderEditsReader::isToken);
    if (lower.startsWith(":") || lower.equals("host") || !token) {
      problems.invalid(
          path,
          "this header cannot be changed",
          name,
          "a header's name, not Host nor one with ':'");
      return false;
    }
    return true;
  }

  /** RFC 9110 §5.6.2. */
  private static boolean isToken(int c) {
    return c > ' ' && c < 127 && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0;
  }

  private static void checkValue(String value, String path, Problems problems) {
    boolean clean = value.chars().allMatch(c -> c == '\t' || c >= ' ' && c != 127);
    if (!clean || value.length() > MAX_VALUE_LENGTH) {
      problems.invalid(
          path,
          "not a header value",
          value.length() + " characters",
          "printable text up to 16 KiB");
    }
  }
}
