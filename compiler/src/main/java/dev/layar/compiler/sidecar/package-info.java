/** Istio's Sidecar: which services and rules a workload's proxy knows. */
@NullMarked
package dev.layar.compiler.sidecar;

import org.jspecify.annotations.NullMarked;
