/** Black-box scenarios through the built command. */
@NullMarked
package dev.layar.e2e;

import org.jspecify.annotations.NullMarked;
