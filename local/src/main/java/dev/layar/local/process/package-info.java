/** Containers as supervised operating-system processes that cannot outlive the mesh. */
@NullMarked
package dev.layar.local.process;

import org.jspecify.annotations.NullMarked;
