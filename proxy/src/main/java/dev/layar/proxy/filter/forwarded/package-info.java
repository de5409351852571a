/** Who the client is: forwarding headers and the request id. */
@NullMarked
package dev.layar.proxy.filter.forwarded;

import org.jspecify.annotations.NullMarked;
