/** The controllers' decisions, as functions without time or I/O. */
@NullMarked
package dev.layar.local.control;

import org.jspecify.annotations.NullMarked;
