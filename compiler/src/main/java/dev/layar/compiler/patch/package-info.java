/** Changes to what proxies get, as EnvoyFilter describes them. */
@NullMarked
package dev.layar.compiler.patch;

import org.jspecify.annotations.NullMarked;
