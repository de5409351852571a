package dev.layar.local.controllers;

import java.util.List;

/** The kinds that the cluster's own parts read and write, as {@code plural.group}. */
public final class Kinds {
  public static final String NAMESPACE = "namespaces";
  public static final String NODE = "nodes";
  public static final String POD = "pods";
  public static final String SERVICE = "services";
  public static final String ENDPOINTS = "endpoints";
  public static final String CONFIG_MAP = "configmaps";
  public static final String SECRET = "secrets";
  public static final String SERVICE_ACCOUNT = "serviceaccounts";
  public static final String EVENT = "events";
  public static final String DEPLOYMENT = "deployments.apps";
  public static final String REPLICA_SET = "replicasets.apps";
  public static final String STATEFUL_SET = "statefulsets.apps";
  public static final String DAEMON_SET = "daemonsets.apps";
  public static final String JOB = "jobs.batch";
  public static final String ENDPOINT_SLICE = "endpointslices.discovery.k8s.io";
  public static final String GATEWAY = "gateways.networking.istio.io";

  /** All of them. */
  public static final List<String> ALL =
      List.of(
          NAMESPACE,
          NODE,
          POD,
          SERVICE,
          ENDPOINTS,
          CONFIG_MAP,
          SECRET,
          SERVICE_ACCOUNT,
          EVENT,
          DEPLOYMENT,
          REPLICA_SET,
          STATEFUL_SET,
          DAEMON_SET,
          JOB,
          ENDPOINT_SLICE,
          GATEWAY);

  private Kinds() {}

  /** The Kubernetes kind of one of these, for references. */
  public static String kind(String plural) {
    return switch (plural) {
      case NAMESPACE -> "Namespace";
      case NODE -> "Node";
      case POD -> "Pod";
      case SERVICE -> "Service";
      case SERVICE_ACCOUNT -> "ServiceAccount";
      case DEPLOYMENT -> "Deployment";
      case REPLICA_SET -> "ReplicaSet";
      case STATEFUL_SET -> "StatefulSet";
      case DAEMON_SET -> "DaemonSet";
      case JOB -> "Job";
      default -> throw new IllegalArgumentException(plural);
    };
  }

  /** The name here of a kind that owns others; empty for another one. */
  public static String plural(String kind) {
    return switch (kind) {
      case "Deployment" -> DEPLOYMENT;
      case "ReplicaSet" -> REPLICA_SET;
      case "StatefulSet" -> STATEFUL_SET;
      case "DaemonSet" -> DAEMON_SET;
      case "Job" -> JOB;
      default -> "";
    };
  }

  /** The apiVersion of one of these, for references. */
  public static String apiVersion(String plural) {
    return switch (plural) {
      case DEPLOYMENT, REPLICA_SET, STATEFUL_SET, DAEMON_SET -> "apps/v1";
      case JOB -> "batch/v1";
      default -> "v1";
    };
  }
}
