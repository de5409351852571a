/** Micro-benchmarks and the load comparison with other proxies. */
@NullMarked
package dev.layar.bench;

import org.jspecify.annotations.NullMarked;
