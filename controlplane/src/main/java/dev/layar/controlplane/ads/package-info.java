/** The ADS server: xDS streams over gRPC, and the push of snapshots to them. */
@NullMarked
package dev.layar.controlplane.ads;

import org.jspecify.annotations.NullMarked;
