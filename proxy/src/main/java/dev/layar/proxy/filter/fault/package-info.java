/** Fault injection. */
@NullMarked
package dev.layar.proxy.filter.fault;

import org.jspecify.annotations.NullMarked;
