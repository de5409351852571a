/** Fakes, golden files, virtual time and seeded generators for tests. */
@NullMarked
package dev.layar.testkit;

import org.jspecify.annotations.NullMarked;
