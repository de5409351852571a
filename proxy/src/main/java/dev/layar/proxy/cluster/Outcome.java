package dev.layar.proxy.cluster;

import dev.layar.proxy.observe.GrpcStatus;

/**
 * How a request ended, as one number to count by: HTTP status, response flags, and what gRPC says.
 * Stateless.
 */
final class Outcome {
  private static final int FLAGS_AT = 10;
  private static final int GRPC_AT = 52;
  private static final long CODE_MASK = (1L << FLAGS_AT) - 1;
  private static final long FLAGS_MASK = (1L << (GRPC_AT - FLAGS_AT)) - 1;
  private static final int SILENT = 1;
  private static final int FIRST_STATUS = 2;

  private Outcome() {}

  /**
   * @param grpcStatus -1 without; a code that gRPC does not have counts as UNKNOWN
   */
  static long key(int code, long flags, boolean grpc, int grpcStatus) {
    long said =
        grpcStatus < 0 ? SILENT : FIRST_STATUS + (grpcStatus < GrpcStatus.COUNT ? grpcStatus : 2);
    return (grpc ? said << GRPC_AT : 0) | (flags & FLAGS_MASK) << FLAGS_AT | code;
  }

  static int code(long key) {
    return (int) (key & CODE_MASK);
  }

  static long flags(long key) {
    return key >>> FLAGS_AT & FLAGS_MASK;
  }

  static boolean grpc(long key) {
    return key >>> GRPC_AT != 0;
  }

  /** -1 without. */
  static int grpcStatus(long key) {
    return Math.max(-1, (int) (key >>> GRPC_AT) - FIRST_STATUS);
  }
}
