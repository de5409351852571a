package dev.layar.local.controllers;

import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Kube;
import java.time.InstantSource;
import java.util.List;

/** All of the cluster's controllers. */
public final class Controllers {
  private Controllers() {}

  /**
   * @param rootCertificate the API server's CA in PEM, for {@code kube-root-ca.crt}
   */
  public static List<Controller> all(
      Kube kube, Recorder events, InstantSource clock, String rootCertificate) {
    PodMaker pods = new PodMaker(kube, events);
    return List.of(
        new Accounts(kube, rootCertificate),
        new Deployments(kube, events, clock),
        new ReplicaSets(kube, pods, clock),
        new StatefulSets(kube, pods),
        new DaemonSets(kube, pods),
        new Jobs(kube, pods, events, clock),
        new Scheduler(kube, events, clock),
        new Endpoints(kube),
        new Gateways(kube));
  }
}
