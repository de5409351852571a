/** Mesh state and proxy identity in, xDS resources out, incrementally. */
@NullMarked
package dev.layar.compiler;

import org.jspecify.annotations.NullMarked;
