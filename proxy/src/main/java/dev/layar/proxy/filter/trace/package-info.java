/** Trace contexts: reading, deciding, passing on. */
@NullMarked
package dev.layar.proxy.filter.trace;

import org.jspecify.annotations.NullMarked;
