/** Rules about the code itself. */
@NullMarked
package dev.layar.archtest;

import org.jspecify.annotations.NullMarked;
