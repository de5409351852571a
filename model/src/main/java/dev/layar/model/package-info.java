/** The API as records: decoder, schema and field docs derive from them. */
@NullMarked
package dev.layar.model;

import org.jspecify.annotations.NullMarked;
