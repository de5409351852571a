/** Small helpers for JSON trees: copies in canonical form, paths, Kubernetes' metadata. */
@NullMarked
package dev.layar.apiserver.json;

import org.jspecify.annotations.NullMarked;
