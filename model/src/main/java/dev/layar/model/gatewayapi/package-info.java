/** Kubernetes' Gateway API ({@code gateway.networking.k8s.io}). */
@NullMarked
package dev.layar.model.gatewayapi;

import org.jspecify.annotations.NullMarked;
