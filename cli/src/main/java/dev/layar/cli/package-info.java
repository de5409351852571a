/** The layar command. */
@NullMarked
package dev.layar.cli;

import org.jspecify.annotations.NullMarked;
