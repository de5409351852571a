/** Both ends of the protocol against each other, without transport. */
@NullMarked
package dev.layar.xds;

import org.jspecify.annotations.NullMarked;
