package dev.layar.compiler.authz;

import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import org.jspecify.annotations.Nullable;

/**
 * One RBAC filter. Immutable.
 *
 * @param enforced rules that decide
 * @param tried rules of which only the outcome is noted
 * @param triedPrefix of the names under which it is noted
 */
record Step(@Nullable RBAC enforced, @Nullable RBAC tried, String triedPrefix) {}
