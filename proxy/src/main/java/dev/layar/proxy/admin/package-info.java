/** The operator's HTTP port. */
@NullMarked
package dev.layar.proxy.admin;

import org.jspecify.annotations.NullMarked;
