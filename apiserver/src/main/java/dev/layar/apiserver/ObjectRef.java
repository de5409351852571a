package dev.layar.apiserver;

/**
 * Which object: a kind and its place.
 *
 * @param namespace empty for cluster-scoped kinds
 */
public record ObjectRef(ResourceType type, String namespace, String name) {}
