package dev.layar.apiserver;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a write left: the object as it is stored now (with dry-run: as it would be).
 *
 * @param object not to be changed
 * @param created whether it was not there before
 * @param warnings for {@code Warning} headers
 */
public record Written(ObjectNode object, boolean created, List<String> warnings) {}
