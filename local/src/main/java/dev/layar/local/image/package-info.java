/** What a container image means on a machine without images. */
@NullMarked
package dev.layar.local.image;

import org.jspecify.annotations.NullMarked;
