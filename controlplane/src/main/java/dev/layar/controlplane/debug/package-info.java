/** What operators look at: the debug pages and metrics that istiod has, over plain HTTP. */
@NullMarked
package dev.layar.controlplane.debug;

import org.jspecify.annotations.NullMarked;
