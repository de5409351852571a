/** The mesh's certificate authority and Istio's certificate service. */
@NullMarked
package dev.layar.controlplane.ca;

import org.jspecify.annotations.NullMarked;
