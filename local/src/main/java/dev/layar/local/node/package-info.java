/**
 * What a node does with the pods that are bound to it: processes, probes, volumes, logs, commands.
 */
@NullMarked
package dev.layar.local.node;

import org.jspecify.annotations.NullMarked;
