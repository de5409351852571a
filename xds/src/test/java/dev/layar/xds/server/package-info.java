/** The serving end, message by message. */
@NullMarked
package dev.layar.xds.server;

import org.jspecify.annotations.NullMarked;
