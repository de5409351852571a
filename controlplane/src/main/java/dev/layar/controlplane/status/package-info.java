/** Tells of each object whether it was accepted and whether every proxy obeys it. */
@NullMarked
package dev.layar.controlplane.status;

import org.jspecify.annotations.NullMarked;
