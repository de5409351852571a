/** The cluster's controllers: each reads what is, asks a pure function, and writes what differs. */
@NullMarked
package dev.layar.local.controllers;

import org.jspecify.annotations.NullMarked;
