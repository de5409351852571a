/** The proxy as a whole: event loops, workloads, listeners that come and go, logs. */
@NullMarked
package dev.layar.proxy.server;

import org.jspecify.annotations.NullMarked;
