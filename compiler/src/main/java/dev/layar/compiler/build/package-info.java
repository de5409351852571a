/** The queries that turn services, policies and rules into xDS messages. */
@NullMarked
package dev.layar.compiler.build;

import org.jspecify.annotations.NullMarked;
