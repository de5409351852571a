/** The kinds that are served from the start. */
@NullMarked
package dev.layar.apiserver.kinds;

import org.jspecify.annotations.NullMarked;
