package dev.layar.local.admission;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.Subresource;
import dev.layar.local.kube.Trees;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives a Job the selector and the labels by which its pods are found ({@code
 * pkg/registry/batch/job/strategy.go generateSelector}). Thread-safe.
 */
public final class JobSelectors implements Admission {
  private static final String UID = "batch.kubernetes.io/controller-uid";
  private static final String NAME = "batch.kubernetes.io/job-name";
  private static final String OLD_NAME = "job-name";

  @Override
  public List<String> admit(Request request) {
    ObjectNode job = request.after();
    if (job == null
        || !request.ref().type().qualified().equals("jobs.batch")
        || request.subresource() != Subresource.NONE
        || Trees.flag(job, "spec", "manualSelector")
        || !Trees.texts(job, "spec", "selector", "matchLabels").isEmpty()) {
      return List.of();
    }
    String uid = Trees.uid(job);
    ObjectNode spec = Trees.child(job, "spec");
    spec.set("selector", Trees.object("matchLabels", Map.of(UID, uid)));
    ObjectNode labels =
        Trees.child(Trees.child(Trees.child(spec, "template"), "metadata"), "labels");
    labels.put(UID, uid);
    labels.put(NAME, Trees.name(job));
    labels.put(OLD_NAME, Trees.name(job));
    return List.of();
  }
}
