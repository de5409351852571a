package dev.layar.xds;

import com.google.protobuf.Any;

/**
 * One compiled resource as it goes over the wire. Serialized once and shared by every proxy that
 * gets it; the version is a hash of the bytes, so that equal content means equal version on every
 * replica.
 *
 * @param type what it is
 * @param name the resource's name
 * @param version hash of {@code body}'s bytes, 16 hex digits
 * @param body the serialized message with its type URL
 */
public record XdsResource(ResourceType type, String name, String version, Any body) {}
