/** Validation of one object and of many. */
@NullMarked
package dev.layar.analysis;

import org.jspecify.annotations.NullMarked;
