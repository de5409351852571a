/** From a listener's configuration to what its connections run through. */
@NullMarked
package dev.layar.proxy.listener;

import org.jspecify.annotations.NullMarked;
