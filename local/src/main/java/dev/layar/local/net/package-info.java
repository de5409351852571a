/** Loopback addresses and ports for pods and services. */
@NullMarked
package dev.layar.local.net;

import org.jspecify.annotations.NullMarked;
