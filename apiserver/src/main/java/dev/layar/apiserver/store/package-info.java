/** The API over a store: revisions, history, durability, and the life of an object. */
@NullMarked
package dev.layar.apiserver.store;

import org.jspecify.annotations.NullMarked;
