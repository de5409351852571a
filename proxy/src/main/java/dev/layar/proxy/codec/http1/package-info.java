/** The HTTP/1.1 codec: heads parsed in place, bodies decoded without copying. */
@NullMarked
package dev.layar.proxy.codec.http1;

import org.jspecify.annotations.NullMarked;
