/**
 * The Kubernetes API over HTTP: {@link dev.layar.apiserver.http.ApiServer} carries an {@link
 * dev.layar.apiserver.Api} to kubectl and other clients. Netty's event loops parse and write; each
 * request runs on a virtual thread of its own and may block.
 */
@NullMarked
package dev.layar.apiserver.http;

import org.jspecify.annotations.NullMarked;
