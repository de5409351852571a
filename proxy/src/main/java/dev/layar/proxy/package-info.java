/** The data plane. */
@NullMarked
package dev.layar.proxy;

import org.jspecify.annotations.NullMarked;
