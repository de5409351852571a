package dev.layar.controlplane;

import dev.layar.analysis.Validator;
import dev.layar.base.Finding;
import dev.layar.model.Resource;
import java.util.List;

/** Decides about one object at the edge of the store. Pure; any thread. */
@FunctionalInterface
public interface Admission {
  /** What is wrong or doubtful; an error refuses the object. */
  List<Finding> check(Resource<?> object);

  /** What Istio's webhook and Kubernetes' API server check of one object. */
  static Admission validation() {
    return Validator::validate;
  }

  /** Lets everything in; for objects that code has made. */
  static Admission everything() {
    return object -> List.of();
  }
}
