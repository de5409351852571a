/** Micro-benchmarks of the parts whose cost a request or an edit pays; run by bench/jmh.sh. */
@NullMarked
package dev.layar.bench;

import org.jspecify.annotations.NullMarked;
