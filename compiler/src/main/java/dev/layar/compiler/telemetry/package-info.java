/** Which access logs and traces a workload's listeners write: Istio's Telemetry. */
@NullMarked
package dev.layar.compiler.telemetry;

import org.jspecify.annotations.NullMarked;
