/** The scenarios of {@code layar demo}: what they ask of a running mesh and how they judge it. */
@NullMarked
package dev.layar.cli.demo;

import org.jspecify.annotations.NullMarked;
