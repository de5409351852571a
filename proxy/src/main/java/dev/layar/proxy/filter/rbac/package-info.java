/** Who may do what: Envoy's RBAC for requests and for plain connections. */
@NullMarked
package dev.layar.proxy.filter.rbac;

import org.jspecify.annotations.NullMarked;
