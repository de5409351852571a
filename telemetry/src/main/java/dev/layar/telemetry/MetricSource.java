package dev.layar.telemetry;

import java.util.function.Consumer;

/** Something that can be asked for its values, on the reader's thread. */
@FunctionalInterface
public interface MetricSource {
  void collect(Consumer<Sample> out);
}
