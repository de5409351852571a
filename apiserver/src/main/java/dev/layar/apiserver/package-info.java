/**
 * A Kubernetes-compatible API server: {@link dev.layar.apiserver.Api} is the API in process, with
 * storage, watch, patches and validation; everything else carries it over HTTP.
 */
@NullMarked
package dev.layar.apiserver;

import org.jspecify.annotations.NullMarked;
