/** The part of Kubernetes' own kinds that Layar reads. */
@NullMarked
package dev.layar.model.k8s;

import org.jspecify.annotations.NullMarked;
