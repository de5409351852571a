/** Active health checking: asking endpoints whether they are well. */
@NullMarked
package dev.layar.proxy.cluster.health;

import org.jspecify.annotations.NullMarked;
