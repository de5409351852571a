/** The cluster on one machine. */
@NullMarked
package dev.layar.local;

import org.jspecify.annotations.NullMarked;
