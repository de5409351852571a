/**
 * Access to the Kubernetes API in process: cached objects, writes, and the loop that runs
 * controllers.
 */
@NullMarked
package dev.layar.local.kube;

import org.jspecify.annotations.NullMarked;
