/** Which DestinationRule applies to a call, and which policy it means for a port and subset. */
@NullMarked
package dev.layar.compiler.policy;

import org.jspecify.annotations.NullMarked;
