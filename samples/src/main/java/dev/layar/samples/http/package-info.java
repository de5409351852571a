/** A small HTTP/1.1 server and client on blocking sockets: all that the samples need. */
@NullMarked
package dev.layar.samples.http;

import org.jspecify.annotations.NullMarked;
