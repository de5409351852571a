package dev.layar.apiserver.http;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.WriteOptions.FieldValidation;

/**
 * An exchange about a stored kind: what the path and the query mean. Immutable beside the exchange.
 */
record Request(Exchange exchange, Target target, ResourceType type) {
  /** Resolves the kind; refuses what is not served as the path has it. */
  static Request of(Exchange exchange, Target target, Api api) {
    ResourceType type = api.type(target.group(), target.plural());
    if (type == null
        || !type.versions().contains(target.version())
        || !type.namespaced() && !target.namespace().isEmpty()
        || type.namespaced() && target.namespace().isEmpty() && !target.name().isEmpty()) {
      throw Statuses.noSuchPath();
    }
    return new Request(exchange, target, type);
  }

  String version() {
    return target.version();
  }

  ObjectRef ref() {
    return new ObjectRef(type, target.namespace(), target.name());
  }

  ObjectQuery objects() {
    Query query = exchange.query();
    return new ObjectQuery(
        type,
        target.version(),
        target.namespace(),
        query.get("labelSelector"),
        fieldSelector(query.get("fieldSelector")));
  }

  /** A watch of one name is a watch with a field selector. */
  private String fieldSelector(String given) {
    if (target.name().isEmpty()) {
      return given;
    }
    String name = "metadata.name=" + target.name();
    return given.isEmpty() ? name : given + "," + name;
  }

  WriteOptions writeOptions() {
    Query query = exchange.query();
    return new WriteOptions(
        exchange.caller(),
        dryRun(query),
        fieldManager(query),
        validation(query),
        query.flag("force"));
  }

  private static boolean dryRun(Query query) {
    for (String value : query.all("dryRun")) {
      if (!value.equals("All")) {
        throw Statuses.badRequest("the parameter dryRun is \"" + value + "\", expected All");
      }
    }
    return !query.all("dryRun").isEmpty();
  }

  /** As Kubernetes: the program's name, where the client does not say. */
  private String fieldManager(Query query) {
    String given = query.get("fieldManager");
    if (given.length() > 128) {
      throw Statuses.badRequest("the parameter fieldManager has more than 128 characters");
    }
    if (!given.isEmpty()) {
      return given;
    }
    String agent = exchange.header("User-Agent");
    int slash = agent.indexOf('/');
    String program = slash < 0 ? agent : agent.substring(0, slash);
    return program.length() > 128 ? program.substring(0, 128) : program;
  }

  private static FieldValidation validation(Query query) {
    return switch (query.get("fieldValidation")) {
      case "Strict" -> FieldValidation.STRICT;
      case "Ignore" -> FieldValidation.IGNORE;
      case "", "Warn" -> FieldValidation.WARN;
      default ->
          throw Statuses.badRequest(
              "the parameter fieldValidation is \""
                  + query.get("fieldValidation")
                  + "\", expected Ignore, Warn or Strict");
    };
  }
}
