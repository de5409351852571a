/**
 * The Gateway API and Kubernetes' Ingress as the Gateways and VirtualServices that say the same,
 * and the statuses of their objects.
 */
@NullMarked
package dev.layar.compiler.gatewayapi;

import org.jspecify.annotations.NullMarked;
