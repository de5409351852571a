/** Who owns which field of an object: {@code metadata.managedFields} and server-side apply. */
@NullMarked
package dev.layar.apiserver.owners;

import org.jspecify.annotations.NullMarked;
