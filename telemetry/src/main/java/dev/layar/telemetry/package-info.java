/** Counters, histograms and their text formats. */
@NullMarked
package dev.layar.telemetry;

import org.jspecify.annotations.NullMarked;
