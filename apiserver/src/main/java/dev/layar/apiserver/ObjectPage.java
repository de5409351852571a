package dev.layar.apiserver;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * A list or a part of one, consistent at one revision, ordered by namespace and name.
 *
 * @param items not to be changed; with {@code apiVersion} and {@code kind}
 * @param revision the list's {@code resourceVersion}
 * @param continueToken where the next part begins, empty at the end
 * @param remaining how many more there are
 */
public record ObjectPage(
    List<ObjectNode> items, long revision, String continueToken, long remaining) {}
