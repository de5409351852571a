package dev.layar.proxy.observe;

import dev.layar.base.GrpcCodes;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The status codes of gRPC, and where a response says its own. Stateless. */
public final class GrpcStatus {
  private static final List<String> CAMEL =
      List.of(
          "OK",
          "Canceled",
          "Unknown",
          "InvalidArgument",
          "DeadlineExceeded",
          "NotFound",
          "AlreadyExists",
          "PermissionDenied",
          "ResourceExhausted",
          "FailedPrecondition",
          "Aborted",
          "OutOfRange",
          "Unimplemented",
          "Internal",
          "Unavailable",
          "DataLoss",
          "Unauthenticated");

  /** Number of codes: they count from 0. */
  public static final int COUNT = CAMEL.size();

  /** HTTP statuses by code ({@code google.rpc.Code}; Envoy's {@code grpcToHttpStatus}). */
  private static final int[] HTTP = {
    200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401
  };

  private GrpcStatus() {}

  /** The HTTP status that means the same; 500 for a code that gRPC does not have. */
  public static int http(int code) {
    return code >= 0 && code < COUNT ? HTTP[code] : 500;
  }

  /** The status in the trailers, else in the head; -1 without. */
  public static int of(@Nullable Head trailers, Head head) {
    int found = trailers == null ? -1 : of(trailers);
    return found >= 0 ? found : of(head);
  }

  private static int of(Head head) {
    int at = head.find(HeaderName.GRPC_STATUS);
    long code =
        at < 0 ? -1 : Ascii.parseLong(head.bytes(), head.valueStart(at), head.valueLength(at));
    return (int) Math.min(code, Integer.MAX_VALUE);
  }

  /** Its name as Envoy's {@code %GRPC_STATUS%} has it; the number of a code that is none. */
  public static String camel(int code) {
    return code < COUNT ? CAMEL.get(code) : Integer.toString(code);
  }

  /** Its name as gRPC's documents have it. */
  public static String snake(int code) {
    return code < COUNT ? GrpcCodes.NAMES.get(code) : Integer.toString(code);
  }
}
