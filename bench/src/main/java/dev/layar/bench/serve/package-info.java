/** Measures of the control plane: how fast an edit reaches proxies, and what it costs. */
@NullMarked
package dev.layar.bench.serve;

import org.jspecify.annotations.NullMarked;
