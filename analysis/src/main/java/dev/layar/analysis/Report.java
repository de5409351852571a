package dev.layar.analysis;

import dev.layar.base.Finding;
import dev.layar.model.Resource;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one object, within a bound. Confined to one validation. */
final class Report {
  private static final int LIMIT = 200;

  private final Resource<?> resource;
  private final List<Finding> findings = new ArrayList<>();

  Report(Resource<?> resource) {
    this.resource = resource;
  }

  /** The object's namespace, for rules that compare with it. */
  String namespace() {
    return resource.metadata().namespace();
  }

  void add(Rule rule, String path, String message) {
    add(rule, path, message, "", "");
  }

  void add(Rule rule, String path, String message, String value, String expected) {
    if (findings.size() < LIMIT) {
      findings.add(finding(rule, path, message, value, expected));
    } else if (findings.size() == LIMIT) {
      String more = "there is more; only the first " + LIMIT + " findings of the object are shown";
      findings.add(finding(Rule.TOO_MANY, "", more, "", ""));
    }
  }

  private Finding finding(Rule rule, String path, String message, String value, String expected) {
    return new Finding(
        rule.id(), rule.severity(), resource.sources().value(path), path, message, value, expected);
  }

  List<Finding> findings() {
    return List.copyOf(findings);
  }
}
