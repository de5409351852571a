/** Upgrades and CONNECT. */
@NullMarked
package dev.layar.proxy.filter.upgrade;

import org.jspecify.annotations.NullMarked;
