package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.IntOrString;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Open;
import dev.layar.model.Range;
import dev.layar.model.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Kubernetes' Deployment. */
@Open
@Doc("A number of equal pods, kept running and replaced gradually.")
public record Deployment(
    @Doc("What is wanted.") @Required DeploymentSpec spec,
    @Doc("What is.") @Nullable DeploymentStatus status) {

  /** Kubernetes' DeploymentSpec. */
  @Open
  @Doc("Which pods, how many, and how they are replaced.")
  public record DeploymentSpec(
      @Doc("How many pods; left out: 1.") @Range(max = Integer.MAX_VALUE)
          @Nullable Integer replicas,
      @Doc("Labels of the pods that belong to it.") @Required LabelSelector selector,
      @Doc("What each pod looks like.") @Required PodTemplate template,
      @Doc("How pods are replaced when the template changes.") @Nullable Strategy strategy,
      @Doc("Seconds a new pod must be ready before it counts.") @Range(max = Integer.MAX_VALUE)
          int minReadySeconds) {
    /** The number of pods wanted. */
    public int replicaCount() {
      return replicas == null ? 1 : replicas;
    }
  }

  /** Kubernetes' PodTemplateSpec. */
  @Open
  @Doc("What each pod looks like.")
  public record PodTemplate(
      @Doc("Labels and annotations of the pods.") @Nullable ObjectMeta metadata,
      @Doc("What the pods run.") @Required Pod.PodSpec spec) {}

  /** Kubernetes' DeploymentStrategy. */
  @Open
  @Doc("How pods are replaced.")
  public record Strategy(
      @Doc("RollingUpdate or Recreate; left out: RollingUpdate.") String type,
      @Doc("Limits of a rolling update.") @Nullable RollingUpdate rollingUpdate) {}

  /** Kubernetes' RollingUpdateDeployment. */
  @Open
  @Doc("Limits of a rolling update.")
  public record RollingUpdate(
      @Doc("How many pods may be missing, number or percentage; left out: 25%.")
          @Nullable IntOrString maxUnavailable,
      @Doc("How many pods may be too many, number or percentage; left out: 25%.")
          @Nullable IntOrString maxSurge) {}

  /** Kubernetes' DeploymentStatus. */
  @Open
  @Doc("What is known of a Deployment.")
  public record DeploymentStatus(
      @Doc("Generation of the spec that this status is about.") long observedGeneration,
      @Doc("Pods there are.") @Range(max = Integer.MAX_VALUE) int replicas,
      @Doc("Pods of the current template.") @Range(max = Integer.MAX_VALUE) int updatedReplicas,
      @Doc("Pods that are ready.") @Range(max = Integer.MAX_VALUE) int readyReplicas,
      @Doc("Pods that have been ready long enough.") @Range(max = Integer.MAX_VALUE)
          int availableReplicas,
      @Doc("Aspects of its state, such as Available.") List<Condition> conditions) {
    public DeploymentStatus {
      conditions = List.copyOf(conditions);
    }
  }
}
