/** Cross-origin resource sharing. */
@NullMarked
package dev.layar.proxy.filter.cors;

import org.jspecify.annotations.NullMarked;
