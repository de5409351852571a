/** The ADS server on real sockets. */
@NullMarked
package dev.layar.controlplane.ads;

import org.jspecify.annotations.NullMarked;
