package dev.layar.cli;

import java.util.List;

/** Columns by spaces, as kubectl prints them. */
final class Table {
  private static final int GAP = 3;

  private Table() {}

  /** One line a row; rows have the same number of cells. */
  static List<String> lines(List<List<String>> rows) {
    int columns = rows.isEmpty() ? 0 : rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private static String line(List<String> row, int[] widths) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      out.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + GAP));
    }
    return out.toString().stripTrailing();
  }
}
