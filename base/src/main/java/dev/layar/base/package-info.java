/** The few words every module needs. */
@NullMarked
package dev.layar.base;

import org.jspecify.annotations.NullMarked;
