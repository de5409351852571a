/** The serving end of xDS: what one stream subscribed to, holds and is owed, without transport. */
@NullMarked
package dev.layar.xds.server;

import org.jspecify.annotations.NullMarked;
