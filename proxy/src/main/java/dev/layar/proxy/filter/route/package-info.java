/** The route lookup. */
@NullMarked
package dev.layar.proxy.filter.route;

import org.jspecify.annotations.NullMarked;
