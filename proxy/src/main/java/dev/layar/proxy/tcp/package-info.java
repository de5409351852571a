/** The TCP proxy: one client connection, one upstream connection, bytes between them. */
@NullMarked
package dev.layar.proxy.tcp;

import org.jspecify.annotations.NullMarked;
