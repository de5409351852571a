/** Upstream clusters: endpoints, picking one, and what outlives a configuration push. */
@NullMarked
package dev.layar.proxy.cluster;

import org.jspecify.annotations.NullMarked;
