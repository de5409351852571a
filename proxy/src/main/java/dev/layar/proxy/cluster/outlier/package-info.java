/** Passive health checking: ejecting endpoints that keep failing. */
@NullMarked
package dev.layar.proxy.cluster.outlier;

import org.jspecify.annotations.NullMarked;
