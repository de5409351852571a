/** An incremental query engine: derived values that know what they were derived from. */
@NullMarked
package dev.layar.compiler.query;

import org.jspecify.annotations.NullMarked;
