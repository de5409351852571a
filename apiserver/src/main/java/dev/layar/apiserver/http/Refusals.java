package dev.layar.apiserver.http;

import dev.layar.apiserver.Caller;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.StatusException.Details;
import dev.layar.apiserver.auth.Attributes;
import java.util.List;

/** The words in which Kubernetes forbids. Stateless. */
final class Refusals {
  private Refusals() {}

  static StatusException forbidden(Caller caller, Attributes wish) {
    return new StatusException(
        403,
        "Forbidden",
        subject(wish) + " is forbidden: " + reason(caller, wish),
        new Details(wish.group(), wish.resource(), wish.name(), "", List.of(), 0));
  }

  private static String subject(Attributes wish) {
    if (wish.resource().isEmpty()) {
      return "forbidden: path \"" + wish.path() + "\"";
    }
    String qualified =
        wish.group().isEmpty() ? wish.resource() : wish.resource() + "." + wish.group();
    return wish.name().isEmpty() ? qualified : qualified + " \"" + wish.name() + "\"";
  }

  private static String reason(Caller caller, Attributes wish) {
    String who = "User \"" + caller.user() + "\" cannot " + wish.verb();
    if (wish.resource().isEmpty()) {
      return who + " path \"" + wish.path() + "\"";
    }
    return who
        + " resource \""
        + wish.full()
        + "\" in API group \""
        + wish.group()
        + "\""
        + (wish.namespace().isEmpty()
            ? " at the cluster scope"
            : " in the namespace \"" + wish.namespace() + "\"");
  }
}
