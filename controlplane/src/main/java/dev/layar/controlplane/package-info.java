/** Sources of state, ADS server and push. */
@NullMarked
package dev.layar.controlplane;

import org.jspecify.annotations.NullMarked;
