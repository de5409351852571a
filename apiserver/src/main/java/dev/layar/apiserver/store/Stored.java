package dev.layar.apiserver.store;

import tools.jackson.databind.node.ObjectNode;

/** An object at a revision. The tree is not to be changed. */
record Stored(Key key, long revision, ObjectNode object) {}
