/** JSON as plain maps, lists and scalars, for what the command prints and reads. */
@NullMarked
package dev.layar.cli.json;

import org.jspecify.annotations.NullMarked;
