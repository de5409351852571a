/** The patch formats, as pure functions from a tree to a tree. */
@NullMarked
package dev.layar.apiserver.patch;

import org.jspecify.annotations.NullMarked;
