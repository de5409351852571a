/** From a request head to the rule that decides it, and what the rule says. */
@NullMarked
package dev.layar.proxy.route;

import org.jspecify.annotations.NullMarked;
