/** What a layer of the request chain is given and may do. */
@NullMarked
package dev.layar.proxy.filter;

import org.jspecify.annotations.NullMarked;
