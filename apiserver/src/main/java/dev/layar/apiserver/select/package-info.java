/** Label and field selectors, as their query parameters are written. */
@NullMarked
package dev.layar.apiserver.select;

import org.jspecify.annotations.NullMarked;
