/** The service registry: what can be called, on which ports, and what answers there. */
@NullMarked
package dev.layar.compiler.registry;

import org.jspecify.annotations.NullMarked;
