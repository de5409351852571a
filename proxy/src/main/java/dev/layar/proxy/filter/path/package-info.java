/** Path normalisation. */
@NullMarked
package dev.layar.proxy.filter.path;

import org.jspecify.annotations.NullMarked;
