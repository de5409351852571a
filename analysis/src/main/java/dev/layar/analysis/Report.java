package dev.layar.analysis;

import dev.layar.base.Finding;
import dev.layar.model.Resource;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one object. Confined to one validation. */
final class Report {
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
    findings.add(
        new Finding(
            rule.id(),
            rule.severity(),
            resource.sources().value(path),
            path,
            message,
            value,
            expected));
  }

  List<Finding> findings() {
    return List.copyOf(findings);
  }
}
