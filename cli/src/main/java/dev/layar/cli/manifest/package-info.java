/** Manifests from files, folders and standard input. */
@NullMarked
package dev.layar.cli.manifest;

import org.jspecify.annotations.NullMarked;
