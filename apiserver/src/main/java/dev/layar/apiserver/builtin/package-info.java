/** What Kubernetes' own kinds ask for: defaults and checks, as far as clients depend on them. */
@NullMarked
package dev.layar.apiserver.builtin;

import org.jspecify.annotations.NullMarked;
