/**
 * One exchange between a client and an upstream: connections, pools, routing, retries, the exit.
 */
@NullMarked
package dev.layar.proxy.stream;

import org.jspecify.annotations.NullMarked;
