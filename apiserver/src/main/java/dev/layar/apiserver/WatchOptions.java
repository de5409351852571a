package dev.layar.apiserver;

/**
 * How to watch, as the query parameters of the same names say.
 *
 * @param resourceVersion empty: from now, after synthetic ADDED events of what is there; {@code
 *     "0"}: the same; otherwise: what came after that revision
 * @param sendInitialEvents WatchList: ADDED for what is there, then a bookmark with the annotation
 *     {@code k8s.io/initial-events-end}
 */
public record WatchOptions(
    String resourceVersion, boolean allowBookmarks, boolean sendInitialEvents) {}
