/** The sample services that examples and tests call. */
@NullMarked
package dev.layar.samples;

import org.jspecify.annotations.NullMarked;
