package dev.layar.apiserver;

import tools.jackson.databind.node.ObjectNode;

/**
 * One change, in the order of revisions.
 *
 * @param object not to be changed; of a bookmark only metadata, of an error a Status
 */
public record WatchEvent(Type type, ObjectNode object) {
  /** As the wire names them. */
  public enum Type {
    ADDED,
    MODIFIED,
    DELETED,
    BOOKMARK,
    ERROR
  }
}
