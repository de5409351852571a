/** Headers that concern one connection. */
@NullMarked
package dev.layar.proxy.filter.hops;

import org.jspecify.annotations.NullMarked;
