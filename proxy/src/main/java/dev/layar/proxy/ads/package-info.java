/** The proxy's connection to its control plane: xDS over gRPC. */
@NullMarked
package dev.layar.proxy.ads;

import org.jspecify.annotations.NullMarked;
