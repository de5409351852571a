/** How the proxy signs its responses. */
@NullMarked
package dev.layar.proxy.filter.identity;

import org.jspecify.annotations.NullMarked;
