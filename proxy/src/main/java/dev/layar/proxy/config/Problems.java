package dev.layar.proxy.config;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Severity;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects what is wrong with one resource. Its location is the resource's name; paths use the
 * proto field names.
 */
final class Problems {
  /** A field that this proxy does not act upon. */
  static final String UNSUPPORTED = "LYR7001";

  /** A value outside what a field may hold. */
  static final String INVALID = "LYR7002";

  /** An extension that this proxy does not have. */
  static final String UNKNOWN_EXTENSION = "LYR7003";

  /** Something that has to be there. */
  static final String MISSING = "LYR7004";

  /** Something that may be there only once. */
  static final String DUPLICATE = "LYR7005";

  /** Bytes or text that cannot be decoded. */
  static final String UNDECODABLE = "LYR7006";

  private final Location location;
  private final String prefix;
  private final List<Finding> findings;

  Problems(String resource) {
    this(new Location(resource, 0, 0), "", new ArrayList<>());
  }

  private Problems(Location location, String prefix, List<Finding> findings) {
    this.location = location;
    this.prefix = prefix;
    this.findings = findings;
  }

  /** The same collection for a message that lies at {@code path}. */
  Problems under(String path) {
    return new Problems(location, prefix + path + ".", findings);
  }

  void error(String code, String path, String message, String value, String expected) {
    findings.add(Finding.error(code, location, prefix + path, message, value, expected));
  }

  void invalid(String path, String message, Object value, String expected) {
    error(INVALID, path, message, String.valueOf(value), expected);
  }

  void missing(String path, String message, String expected) {
    error(MISSING, path, message, "", expected);
  }

  void warning(String code, String path, String message) {
    findings.add(Finding.warning(code, location, prefix + path, message, "", ""));
  }

  boolean refused() {
    return findings.stream().anyMatch(finding -> finding.severity() == Severity.ERROR);
  }

  List<Finding> findings() {
    return List.copyOf(findings);
  }
}
