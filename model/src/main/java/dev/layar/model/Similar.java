package dev.layar.model;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the word that was probably meant. */
public final class Similar {
  private static final int MAX_LENGTH = 64;

  private Similar() {}

  /** The nearest of the words, or null when none is near. Ties go to the first. */
  public static @Nullable String nearest(String word, Collection<String> words) {
    String best = null;
    int bestDistance = limit(word) + 1;
    for (String candidate : words) {
      int distance = distance(word, candidate);
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  /**
   * How many letters have to be added, dropped, replaced or swapped with their neighbour; case,
   * dashes and underscores do not count.
   */
  static int distance(String a, String b) {
    String x = fold(a);
    String y = fold(b);
    if (x.length() > MAX_LENGTH || y.length() > MAX_LENGTH) {
      return Integer.MAX_VALUE;
    }
    int[][] d = new int[x.length() + 1][y.length() + 1];
    for (int i = 0; i <= x.length(); i++) {
      for (int j = 0; j <= y.length(); j++) {
        d[i][j] = step(x, y, d, i, j);
      }
    }
    return d[x.length()][y.length()];
  }

  private static int step(String x, String y, int[][] d, int i, int j) {
    if (i == 0 || j == 0) {
      return i + j;
    }
    int replaced = d[i - 1][j - 1] + (x.charAt(i - 1) == y.charAt(j - 1) ? 0 : 1);
    int best = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
    boolean swapped =
        i > 1 && j > 1 && x.charAt(i - 1) == y.charAt(j - 2) && x.charAt(i - 2) == y.charAt(j - 1);
    return swapped ? Math.min(best, d[i - 2][j - 2] + 1) : best;
  }

  private static int limit(String word) {
    return Math.max(1, fold(word).length() / 3);
  }

  private static String fold(String word) {
    return word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }
}
