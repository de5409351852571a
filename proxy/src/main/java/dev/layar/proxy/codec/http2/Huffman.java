package dev.layar.proxy.codec.http2;

/**
 * The Huffman code of RFC 7541 Appendix B, decoding four bits at a step. Stateless.
 *
 * <p>Implementation notes. (1) The code is canonical, so that its lengths are all there is to know.
 * (2) No symbol is shorter than five bits, so that four bits complete at most one.
 */
final class Huffman {
  /** Each byte's code length, then that of EOS; {@code A} is 5 bits. */
  private static final String LENGTHS =
      "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHFIBCCCCCCCCCCCCCCCCCCCC"
          + "CCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIXPRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRT"
          + "QRSSQQRQSRSSPRRRSRRSVVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWVZ";

  private static final int SYMBOLS = 257;
  private static final int EOS = 256;
  private static final int FAIL = 1 << 24;
  private static final int EMIT = 1 << 16;

  /** Tree nodes as pairs of children: a node's index when positive, else {@code ~symbol}. */
  private static final int[] TREE = tree();

  /** By state and nibble: next state in bits 0 to 7, symbol in 8 to 15, {@link #EMIT}. */
  private static final int[] STEPS = steps();

  private static final boolean[] MAY_END = mayEnd();

  private Huffman() {}

  /**
   * Decodes into {@code out}, which has room for {@code length * 8 / 5} bytes.
   *
   * @return the index behind what was written; -1 for a code that is none or wrong padding (RFC
   *     7541 §5.2)
   */
  static int decode(byte[] in, int start, int length, byte[] out, int outStart) {
    int at = outStart;
    int state = 0;
    for (int i = start; i < start + length; i++) {
      int value = in[i];
      int step = STEPS[(state << 4) | (value >> 4 & 15)];
      if ((step & EMIT) != 0) {
        out[at++] = (byte) (step >> 8);
      }
      int second = STEPS[((step & 255) << 4) | (value & 15)];
      if ((second & EMIT) != 0) {
        out[at++] = (byte) (second >> 8);
      }
      if (((step | second) & FAIL) != 0) {
        return -1;
      }
      state = second & 255;
    }
    return MAY_END[state] ? at : -1;
  }

  private static int[] tree() {
    int[] tree = new int[2 * 256];
    int nodes = 1;
    int code = 0;
    int length = 0;
    for (int next = 5; next <= 30; next++) {
      for (int symbol = 0; symbol < SYMBOLS; symbol++) {
        if (LENGTHS.charAt(symbol) - 'A' + 5 != next) {
          continue;
        }
        code = length == 0 ? 0 : (code + 1) << (next - length);
        length = next;
        int node = 0;
        for (int bit = length - 1; bit > 0; bit--) {
          int slot = (node << 1) | (code >> bit & 1);
          if (tree[slot] == 0) {
            tree[slot] = nodes++;
          }
          node = tree[slot];
        }
        tree[(node << 1) | (code & 1)] = ~symbol;
      }
    }
    return tree;
  }

  private static int[] steps() {
    int[] steps = new int[256 << 4];
    for (int state = 0; state < 256; state++) {
      for (int nibble = 0; nibble < 16; nibble++) {
        steps[(state << 4) | nibble] = step(state, nibble);
      }
    }
    return steps;
  }

  private static int step(int state, int nibble) {
    int node = state;
    int emitted = 0;
    for (int bit = 3; bit >= 0; bit--) {
      int child = TREE[(node << 1) | (nibble >> bit & 1)];
      if (child >= 0) {
        node = child;
        continue;
      }
      int symbol = ~child;
      if (symbol == EOS) {
        return FAIL;
      }
      emitted = EMIT | (symbol << 8);
      node = 0;
    }
    return emitted | node;
  }

  /** Padding is fewer than eight bits, all ones. */
  private static boolean[] mayEnd() {
    boolean[] mayEnd = new boolean[256];
    int node = 0;
    for (int ones = 0; ones < 8; ones++) {
      mayEnd[node] = true;
      node = TREE[(node << 1) | 1];
    }
    return mayEnd;
  }
}
