/** Limits on what may be under way at once toward a cluster. */
@NullMarked
package dev.layar.proxy.cluster.breaker;

import org.jspecify.annotations.NullMarked;
