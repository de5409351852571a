/** A Kubernetes API as the source of state, over any server that speaks it. */
@NullMarked
package dev.layar.controlplane.kubernetes;

import org.jspecify.annotations.NullMarked;
