package dev.layar.apiserver.store;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One write on its way: stored only if the key still is at the expected revision.
 *
 * @param expected the revision that the writer saw; 0: the key is not there
 * @param object null to delete; belongs to the store from now on
 * @param json the object's bytes as the journal keeps them
 * @param done the new revision, or {@link Store#CONFLICT}
 */
record Write(
    Key key,
    long expected,
    @Nullable ObjectNode object,
    byte[] json,
    CompletableFuture<Long> done) {}
