package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Open;

/** Kubernetes' ServiceAccount; its name is a workload's identity. */
@Open
@Doc("An identity for pods.")
public record ServiceAccount() {}
