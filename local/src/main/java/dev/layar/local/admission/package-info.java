/** What the cluster does with a write before it is stored: addresses, injection, validation. */
@NullMarked
package dev.layar.local.admission;

import org.jspecify.annotations.NullMarked;
