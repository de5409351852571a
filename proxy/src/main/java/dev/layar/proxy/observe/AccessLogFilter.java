package dev.layar.proxy.observe;

import java.util.List;

/** Which streams are logged ({@code Envoy AccessLogFilter}). Allocates nothing. */
public sealed interface AccessLogFilter {
  boolean admits(StreamInfo info);

  /** Every stream. */
  record All() implements AccessLogFilter {
    @Override
    public boolean admits(StreamInfo info) {
      return true;
    }
  }

  /**
   * Streams with one of these flags.
   *
   * @param flags bits of {@link ResponseFlags}; 0 for any flag at all
   */
  record Flags(long flags) implements AccessLogFilter {
    @Override
    public boolean admits(StreamInfo info) {
      return flags == 0 ? info.flags != 0 : (info.flags & flags) != 0;
    }
  }

  /** Streams whose status compares so. */
  record Status(Comparison comparison, long value) implements AccessLogFilter {
    @Override
    public boolean admits(StreamInfo info) {
      return comparison.holds(info.responseCode, value);
    }
  }

  /** Streams that took so long, in milliseconds. */
  record Duration(Comparison comparison, long millis) implements AccessLogFilter {
    @Override
    public boolean admits(StreamInfo info) {
      return comparison.holds((info.endNanos - info.startNanos) / 1_000_000, millis);
    }
  }

  /** Streams that all filters admit. */
  record And(List<AccessLogFilter> filters) implements AccessLogFilter {
    public And {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean admits(StreamInfo info) {
      for (int i = 0; i < filters.size(); i++) {
        if (!filters.get(i).admits(info)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Streams that some filter admits. */
  record Or(List<AccessLogFilter> filters) implements AccessLogFilter {
    public Or {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean admits(StreamInfo info) {
      for (int i = 0; i < filters.size(); i++) {
        if (filters.get(i).admits(info)) {
          return true;
        }
      }
      return false;
    }
  }

  /** How two numbers are compared ({@code Envoy ComparisonFilter.Op}). */
  enum Comparison {
    EQ,
    GE,
    LE;

    boolean holds(long actual, long wanted) {
      return switch (this) {
        case EQ -> actual == wanted;
        case GE -> actual >= wanted;
        case LE -> actual <= wanted;
      };
    }
  }
}
