/** The xDS protocol without transport. */
@NullMarked
package dev.layar.xds;

import org.jspecify.annotations.NullMarked;
