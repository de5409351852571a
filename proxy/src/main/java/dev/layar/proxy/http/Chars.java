package dev.layar.proxy.http;

import java.util.Arrays;

/** Character classes as tables. Shared: not to be changed. */
public final class Chars {
  /** For a token character its lower-case form, else 0 (RFC 9110 §5.6.2). */
  public static final byte[] TOKEN = token();

  /** Whether a byte may stand in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 §5.5). */
  public static final boolean[] VALUE = value();

  /** Whether a byte may stand in an authority: reg-name, IP literal and port (RFC 3986 §3.2). */
  public static final boolean[] AUTHORITY = authority();

  /** The value of a hexadecimal digit, -1 for any other byte. */
  public static final byte[] HEX = hex();

  private Chars() {}

  private static byte[] token() {
    byte[] table = new byte[256];
    for (char c = '0'; c <= '9'; c++) {
      table[c] = (byte) c;
    }
    for (char c = 'a'; c <= 'z'; c++) {
      table[c] = (byte) c;
      table[c - 32] = (byte) c;
    }
    for (byte c : Ascii.bytes("!#$%&'*+-.^_`|~")) {
      table[c] = c;
    }
    return table;
  }

  private static boolean[] value() {
    boolean[] table = new boolean[256];
    for (int c = 0x20; c < 256; c++) {
      table[c] = c != 0x7f;
    }
    table['\t'] = true;
    return table;
  }

  private static boolean[] authority() {
    boolean[] table = new boolean[256];
    for (char c = '0'; c <= '9'; c++) {
      table[c] = true;
    }
    for (char c = 'a'; c <= 'z'; c++) {
      table[c] = true;
      table[c - 32] = true;
    }
    for (byte c : Ascii.bytes("-._~!$&'()*+,;=:[]%")) {
      table[c] = true;
    }
    return table;
  }

  private static byte[] hex() {
    byte[] table = new byte[256];
    Arrays.fill(table, (byte) -1);
    for (int i = 0; i < 10; i++) {
      table['0' + i] = (byte) i;
    }
    for (int i = 0; i < 6; i++) {
      table['a' + i] = (byte) (10 + i);
      table['A' + i] = (byte) (10 + i);
    }
    return table;
  }
}
