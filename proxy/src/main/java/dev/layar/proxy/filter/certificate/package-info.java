/** What upstreams are told of the client's certificate. */
@NullMarked
package dev.layar.proxy.filter.certificate;

import org.jspecify.annotations.NullMarked;
