package dev.layar.model;

/** Bounds of what the decoder accepts. */
final class Limits {
  /** Bytes of one input. */
  static final int INPUT_BYTES = 32 << 20;

  /** Characters of one document: 3 MiB, Kubernetes' own limit for a request body. */
  static final int DOCUMENT_CHARS = 3 << 20;

  /** Objects and lists inside each other. */
  static final int DEPTH = 64;

  /** Values of one document after its aliases are unfolded. */
  static final int NODES = 1_000_000;

  /** Findings of one input. */
  static final int FINDINGS = 200;

  private Limits() {}
}
