/** AuthorizationPolicy and RequestAuthentication as filters of inbound chains. */
@NullMarked
package dev.layar.compiler.authz;

import org.jspecify.annotations.NullMarked;
