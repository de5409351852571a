/**
 * Kubernetes' protobuf encoding of request bodies, turned into JSON by the messages' descriptors.
 */
@NullMarked
package dev.layar.apiserver.proto;

import org.jspecify.annotations.NullMarked;
