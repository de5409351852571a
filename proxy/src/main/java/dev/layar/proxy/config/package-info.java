/** From xDS messages and bootstrap files to one immutable snapshot; alone sees protobuf. */
@NullMarked
package dev.layar.proxy.config;

import org.jspecify.annotations.NullMarked;
