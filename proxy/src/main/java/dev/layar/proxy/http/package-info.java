/** HTTP messages as slices of one reused byte array: heads, known header names, methods. */
@NullMarked
package dev.layar.proxy.http;

import org.jspecify.annotations.NullMarked;
