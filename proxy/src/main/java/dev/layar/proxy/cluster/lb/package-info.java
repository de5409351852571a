/** Load-balancing policies over one immutable set of hosts. */
@NullMarked
package dev.layar.proxy.cluster.lb;

import org.jspecify.annotations.NullMarked;
