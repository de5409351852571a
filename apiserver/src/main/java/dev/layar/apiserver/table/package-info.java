/**
 * The tables that {@code kubectl get} prints: columns by kind and the server's side of rendering
 * them (meta.k8s.io/v1 Table).
 */
@NullMarked
package dev.layar.apiserver.table;

import org.jspecify.annotations.NullMarked;
