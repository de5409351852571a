package dev.layar.compiler.build;

import dev.layar.model.ObjectMeta;
import org.jspecify.annotations.Nullable;

/**
 * What a VirtualService asks for beyond Istio, by annotation. Immutable.
 *
 * <ul>
 *   <li>{@code layar.dev/merge: "true"}: on sidecars too, its rules for a host join those of the
 *       other VirtualServices of that host that say the same, the nearest and oldest first, rules
 *       for everything last;
 *   <li>{@code layar.dev/sticky: cookie=NAME} or {@code header=NAME}: a caller keeps the
 *       destination that its first request got; when weights change, only callers move whose share
 *       moved;
 *   <li>{@code layar.dev/retry: idempotent}: requests are retried only if their method may be
 *       repeated (RFC 9110 section 9.2.2).
 * </ul>
 *
 * @param sticky what callers are recognised by, null for nothing
 */
record OptIns(boolean merge, @Nullable Sticky sticky, boolean onlyIdempotent) {
  static final OptIns NONE = new OptIns(false, null, false);

  private static final String MERGE = "layar.dev/merge";
  private static final String STICKY = "layar.dev/sticky";
  private static final String RETRY = "layar.dev/retry";

  /** Methods whose requests have the same effect twice. */
  static final String IDEMPOTENT = "GET|HEAD|OPTIONS|TRACE|PUT|DELETE";

  /** What callers are recognised by. */
  record Sticky(boolean cookie, String name) {}

  static OptIns of(ObjectMeta metadata) {
    if (metadata.annotations().isEmpty()) {
      return NONE;
    }
    return new OptIns(
        isMerged(metadata),
        sticky(metadata.annotations().getOrDefault(STICKY, "")),
        metadata.annotations().getOrDefault(RETRY, "").equals("idempotent"));
  }

  static boolean isMerged(ObjectMeta metadata) {
    return metadata.annotations().getOrDefault(MERGE, "").equals("true");
  }

  private static @Nullable Sticky sticky(String written) {
    int equals = written.indexOf('=');
    if (equals < 0 || equals == written.length() - 1) {
      return null;
    }
    String name = written.substring(equals + 1).strip();
    return switch (written.substring(0, equals).strip()) {
      case "cookie" -> new Sticky(true, name);
      case "header" -> new Sticky(false, name);
      default -> null;
    };
  }
}
