/** The consuming end of xDS: subscriptions, nonces and acknowledgements, without transport. */
@NullMarked
package dev.layar.xds.client;

import org.jspecify.annotations.NullMarked;
