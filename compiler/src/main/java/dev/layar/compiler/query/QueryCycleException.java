package dev.layar.compiler.query;

/** A query needed its own value: a mistake in the queries, never in the data. */
public final class QueryCycleException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  QueryCycleException(String path) {
    super("query cycle: " + path);
  }
}
