package dev.layar.archtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What the sources' comments declare to differ from Istio and Envoy. */
final class Deviations {
  /**
   * One such comment.
   *
   * @param file from the root of the repository
   * @param text the sentence before it in its paragraph, if any, and its own
   */
  record Deviation(String file, String text) {}

  private static final String MARK = "DEVIATION: ";
  private static final Pattern COMMENT = Pattern.compile("^\\s*(/\\*\\*|\\*/|\\*|//)\\s?");
  private static final Pattern NOTE = Pattern.compile("\\(\\d+\\) ");
  private static final Pattern SENTENCE_END = Pattern.compile("[.](?= |$)");

  private Deviations() {}

  /** Those of all modules' main sources, by file. */
  static List<Deviation> all() throws IOException {
    List<Deviation> found = new ArrayList<>();
    for (Path file : SourceTree.javaFiles()) {
      if (!SourceTree.isTest(file)) {
        for (String paragraph : paragraphs(Files.readAllLines(file))) {
          add(SourceTree.relative(file), paragraph, found);
        }
      }
    }
    return List.copyOf(found);
  }

  private static void add(String file, String paragraph, List<Deviation> found) {
    for (String note : NOTE.split(paragraph)) {
      int at = note.indexOf(MARK);
      if (at >= 0) {
        boolean bracketed = note.substring(0, at).endsWith("(");
        String after = note.substring(at + MARK.length());
        String own =
            sentences(bracketed ? after.substring(0, after.indexOf(')')) : after).getFirst();
        List<String> before = sentences(note.substring(0, bracketed ? at - 1 : at));
        found.add(new Deviation(file, before.isEmpty() ? own : before.getLast() + " — " + own));
      }
    }
  }

  /** The paragraphs of all comments, each as one line. */
  private static List<String> paragraphs(List<String> lines) {
    List<String> paragraphs = new ArrayList<>();
    StringBuilder open = new StringBuilder();
    for (String line : lines) {
      boolean comment = COMMENT.matcher(line).find();
      String text = comment ? COMMENT.matcher(line).replaceFirst("").replace("*/", "").strip() : "";
      if (text.isEmpty() || text.startsWith("<p>") || text.startsWith("@")) {
        paragraphs.add(open.toString().strip());
        open.setLength(0);
      }
      open.append(text.replace("<p>", "")).append(' ');
    }
    paragraphs.add(open.toString().strip());
    return paragraphs.stream().map(Deviations::plain).toList();
  }

  private static List<String> sentences(String text) {
    List<String> sentences = new ArrayList<>();
    for (String part : SENTENCE_END.split(text)) {
      if (!part.isBlank()) {
        sentences.add(part.strip() + ".");
      }
    }
    return sentences;
  }

  private static String plain(String text) {
    return text.replaceFirst("^@param \\w+ ", "").replaceAll("\\{@(?:code|link) ([^}]*)}", "`$1`");
  }
}
