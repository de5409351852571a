package dev.layar.model;

import dev.layar.base.Location;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts an input into documents and parses each by itself, so that a syntax error in one does not
 * hide the others. A line that starts with {@code ---} ends a document wherever it stands (YAML 1.2
 * §9.1.2 forbids it inside any scalar, and JSON strings hold no line breaks).
 */
final class Documents {
  private Documents() {}

  /** The trees of all documents that can be parsed; empty ones are left out. */
  static List<Tree> read(String source, byte[] bytes, Findings findings) {
    String text = decode(source, bytes, findings);
    List<Tree> trees = new ArrayList<>();
    if (text != null) {
      for (Chunk chunk : cut(text)) {
        parse(source, chunk, findings, trees);
      }
    }
    return trees;
  }

  /**
   * A document's text.
   *
   * @param line 0-based line of its first character
   */
  record Chunk(String text, int line) {}

  private static void parse(String source, Chunk chunk, Findings findings, List<Tree> out) {
    if (isBlank(chunk.text())) {
      return;
    }
    if (chunk.text().length() > Limits.DOCUMENT_CHARS) {
      findings.error(
          DecodeCode.TOO_LARGE,
          new Location(source, chunk.line() + 1, 1),
          "",
          "the document has more than " + Limits.DOCUMENT_CHARS + " characters");
      return;
    }
    Parsed parsed =
        JsonReader.looksLikeJson(chunk.text()) ? json(source, chunk) : yaml(source, chunk);
    out.addAll(parsed.trees());
    Problem problem = parsed.problem();
    if (problem != null) {
      findings.error(problem.code(), problem.at(), "", problem.message());
    }
  }

  private static Parsed json(String source, Chunk chunk) {
    Parsed json = JsonReader.read(source, chunk);
    if (json.problem() == null) {
      return json;
    }
    Parsed flow = yaml(source, chunk);
    return flow.problem() == null || !JsonReader.isSurelyJson(chunk.text()) ? flow : json;
  }

  private static Parsed yaml(String source, Chunk chunk) {
    return YamlReader.read(source, chunk);
  }

  /** What came of one document; the trees before a problem are kept. */
  record Parsed(List<Tree> trees, @Nullable Problem problem) {}

  /** Why a document could not be parsed. */
  record Problem(DecodeCode code, Location at, String message) {}

  private static List<Chunk> cut(String text) {
    List<Chunk> chunks = new ArrayList<>();
    StringBuilder current = new StringBuilder();
    int first = 0;
    int line = 0;
    for (int at = 0; at < text.length(); line++) {
      int newline = text.indexOf('\n', at);
      int next = newline < 0 ? text.length() : newline + 1;
      if (isMarker(text, at, "---") || isMarker(text, at, "...")) {
        chunks.add(new Chunk(current.toString(), first));
        current.setLength(0);
        first = line;
        current.append("   ").append(text, at + 3, next);
      } else {
        current.append(text, at, next);
      }
      at = next;
    }
    chunks.add(new Chunk(current.toString(), first));
    return chunks;
  }

  private static boolean isMarker(String text, int at, String marker) {
    if (!text.startsWith(marker, at)) {
      return false;
    }
    int after = at + marker.length();
    return after == text.length() || Character.isWhitespace(text.charAt(after));
  }

  /** Nothing but white space, comments and directives. */
  private static boolean isBlank(String text) {
    return text.lines()
        .allMatch(line -> line.isBlank() || line.startsWith("%") || line.strip().startsWith("#"));
  }

  private static @Nullable String decode(String source, byte[] bytes, Findings findings) {
    if (bytes.length > Limits.INPUT_BYTES) {
      findings.error(
          DecodeCode.TOO_LARGE,
          new Location(source, 0, 0),
          "",
          "the input has more than " + Limits.INPUT_BYTES + " bytes");
      return null;
    }
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    CharBuffer out = CharBuffer.allocate(bytes.length + 1);
    CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), out, true);
    String text = out.flip().toString();
    if (result.isError()) {
      notUtf8(source, bytes, text, findings);
      return null;
    }
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private static void notUtf8(String source, byte[] bytes, String good, Findings findings) {
    int line = 1 + (int) good.chars().filter(c -> c == '\n').count();
    int column = 1 + good.length() - (good.lastIndexOf('\n') + 1);
    boolean utf16 =
        bytes.length > 1
            && (bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE
                || bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF);
    findings.error(
        DecodeCode.NOT_UTF8,
        new Location(source, line, column),
        "",
        utf16
            ? "this is UTF-16; save the file as UTF-8"
            : "this byte is not UTF-8 text; save the file as UTF-8");
  }
}
