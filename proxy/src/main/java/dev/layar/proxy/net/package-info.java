/** Transports, event loops and what each loop owns: timers, outboxes, dialling. */
@NullMarked
package dev.layar.proxy.net;

import org.jspecify.annotations.NullMarked;
