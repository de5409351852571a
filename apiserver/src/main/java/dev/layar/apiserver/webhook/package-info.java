/** Admission webhooks that users configure, called over HTTPS (admission.k8s.io/v1). */
@NullMarked
package dev.layar.apiserver.webhook;

import org.jspecify.annotations.NullMarked;
