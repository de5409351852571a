package dev.layar.apiserver;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Looks at every write before it is stored: may change the object, or refuse it. Thread-safe. */
@FunctionalInterface
public interface Admission {
  /** What is being done. */
  enum Operation {
    CREATE,
    UPDATE,
    DELETE
  }

  /**
   * A write.
   *
   * @param version the version that the object is written in
   * @param before what is stored now, null at creation
   * @param after what is to be stored, null at deletion; may be changed in place
   */
  record Request(
      Operation operation,
      ObjectRef ref,
      String version,
      Subresource subresource,
      @Nullable ObjectNode before,
      @Nullable ObjectNode after,
      WriteOptions options) {}

  /**
   * Admits or refuses.
   *
   * @return warnings for the caller
   * @throws StatusException when the write is refused
   */
  List<String> admit(Request request);
}
