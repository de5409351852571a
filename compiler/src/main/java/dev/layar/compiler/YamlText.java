package dev.layar.compiler;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.util.Map;
import java.util.regex.Pattern;

/** YAML 1.2 in block style from JSON values; members keep their order. */
final class YamlText {
  /** Strings that no YAML reader takes for anything else. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_/][A-Za-z0-9_./-]*");

  private static final Pattern WORD = Pattern.compile("(?i)true|false|yes|no|on|off|null|y|n|nan");

  private final StringBuilder out = new StringBuilder();

  private YamlText() {}

  static String of(Struct struct) {
    YamlText text = new YamlText();
    text.members(struct, 0);
    return text.out.toString();
  }

  private void members(Struct struct, int indent) {
    boolean first = true;
    for (Map.Entry<String, Value> member : struct.getFieldsMap().entrySet()) {
      // The first member follows a list's dash on the same line.
      if (!first || out.isEmpty() || out.charAt(out.length() - 1) == '\n') {
        out.repeat(' ', indent);
      }
      first = false;
      out.append(scalar(member.getKey())).append(':');
      value(member.getValue(), indent);
    }
  }

  private void value(Value value, int indent) {
    switch (value.getKindCase()) {
      case STRUCT_VALUE -> {
        if (value.getStructValue().getFieldsCount() == 0) {
          out.append(" {}\n");
        } else {
          out.append('\n');
          members(value.getStructValue(), indent + 2);
        }
      }
      case LIST_VALUE -> items(value.getListValue(), indent);
      case STRING_VALUE -> out.append(' ').append(scalar(value.getStringValue())).append('\n');
      case NUMBER_VALUE -> out.append(' ').append(number(value.getNumberValue())).append('\n');
      case BOOL_VALUE -> out.append(' ').append(value.getBoolValue()).append('\n');
      case NULL_VALUE, KIND_NOT_SET -> out.append(" null\n");
    }
  }

  private void items(ListValue list, int indent) {
    if (list.getValuesCount() == 0) {
      out.append(" []\n");
      return;
    }
    out.append('\n');
    for (Value item : list.getValuesList()) {
      out.repeat(' ', indent).append('-');
      if (item.hasStructValue() && item.getStructValue().getFieldsCount() > 0) {
        out.append(' ');
        members(item.getStructValue(), indent + 2);
      } else {
        value(item, indent + 2);
      }
    }
  }

  private static String number(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }

  private static String scalar(String text) {
    if (PLAIN.matcher(text).matches() && !WORD.matcher(text).matches()) {
      return text;
    }
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        case '\r' -> quoted.append("\\r");
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append(String.format("\\x%02x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
