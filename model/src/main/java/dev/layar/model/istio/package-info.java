/** Istio's networking kinds, field by field as networking.istio.io serves them. */
@NullMarked
package dev.layar.model.istio;

import org.jspecify.annotations.NullMarked;
